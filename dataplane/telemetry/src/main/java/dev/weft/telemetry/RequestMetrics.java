package dev.weft.telemetry;

import dev.weft.engine.ResponseFlag;
import dev.weft.engine.model.Endpoint;
import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Istio's standard metrics as source and as destination, and Weft's own beside them. A request that
 * looks like one before it finds its series by a small key; label values are made once for each
 * series. Their number is bounded: what would be one too many is counted as dropped.
 */
final class RequestMetrics {

  /** Istio's buckets, milliseconds. */
  private static final double[] MILLISECONDS = {
    0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 300000, 600000,
    1800000, 3600000
  };

  private static final double NANOS_PER_MILLISECOND = 1e6;
  private static final int MOST_SERIES = 4_000;

  private final WorkloadFacts self;
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final Counter requests =
      Counter.builder()
          .name("istio_requests")
          .help("Requests, by Istio's standard labels.")
          .labelNames(Labels.ISTIO)
          .withoutExemplars()
          .register(registry);
  private final Histogram durations =
      Histogram.builder()
          .name("istio_request_duration_milliseconds")
          .help("Duration of requests in milliseconds, by Istio's standard labels.")
          .labelNames(Labels.ISTIO)
          .classicOnly()
          .classicUpperBounds(MILLISECONDS)
          .withoutExemplars()
          .register(registry);
  private final Counter routes =
      Counter.builder()
          .name("weft_route_requests")
          .help("Outbound requests, by the route that they matched and where it led.")
          .labelNames("route", "cluster", "destination_version", "response_code", "response_flags")
          .withoutExemplars()
          .register(registry);
  private final Counter denials =
      Counter.builder()
          .name("weft_denied_requests")
          .help("Inbound requests that an authorization policy refused.")
          .labelNames("policy", "source_principal")
          .withoutExemplars()
          .register(registry);
  private final Counter dropped =
      Counter.builder()
          .name("weft_metrics_dropped_requests")
          .help("Requests that were not counted, for want of room for one more series.")
          .withoutExemplars()
          .register(registry);

  private final ConcurrentMap<Outbound, Series> outbound = new ConcurrentHashMap<>();
  private final ConcurrentMap<Inbound, Series> inbound = new ConcurrentHashMap<>();

  RequestMetrics(WorkloadFacts self) {
    this.self = self;
  }

  void outbound(Outbound key, long durationNanos) {
    Series series = outbound.get(key);
    if (series == null) {
      if (outbound.size() >= MOST_SERIES) {
        dropped.inc();
        return;
      }
      series = outbound.computeIfAbsent(key, this::newSeries);
    }
    series.count(durationNanos);
  }

  void inbound(Inbound key, long durationNanos) {
    Series series = inbound.get(key);
    if (series == null) {
      if (inbound.size() >= MOST_SERIES) {
        dropped.inc();
        return;
      }
      series = inbound.computeIfAbsent(key, this::newSeries);
    }
    series.count(durationNanos);
  }

  private Series newSeries(Outbound key) {
    String[] labels = {
      "source",
      self.workload(),
      self.namespace(),
      key.mutualTls ? self.principal() : Labels.UNKNOWN,
      self.app(),
      self.version(),
      self.canonicalService(),
      self.canonicalRevision(),
      Labels.UNKNOWN,
      key.workload,
      key.namespace,
      Labels.UNKNOWN,
      key.app,
      key.version,
      key.app.equals(Labels.UNKNOWN) ? key.workload : key.app,
      key.version.equals(Labels.UNKNOWN) ? "latest" : key.version,
      key.host,
      firstLabel(key.host),
      key.namespace.equals(Labels.UNKNOWN) ? secondLabel(key.host) : key.namespace,
      Labels.UNKNOWN,
      key.grpcStatus == null ? "http" : "grpc",
      Integer.toString(key.status),
      key.grpcStatus == null ? "" : key.grpcStatus,
      key.flag.code(),
      Labels.security(key.mutualTls)
    };
    return new Series(
        requests.labelValues(labels),
        durations.labelValues(labels),
        routes.labelValues(
            key.route, key.cluster, key.version, Integer.toString(key.status), key.flag.code()),
        null);
  }

  private Series newSeries(Inbound key) {
    String peer = key.peerId == null ? Labels.UNKNOWN : key.peerId;
    String[] labels = {
      "destination",
      Labels.UNKNOWN,
      namespaceOf(peer),
      peer,
      Labels.UNKNOWN,
      Labels.UNKNOWN,
      Labels.UNKNOWN,
      "latest",
      Labels.UNKNOWN,
      self.workload(),
      self.namespace(),
      key.peerId == null ? Labels.UNKNOWN : self.principal(),
      self.app(),
      self.version(),
      self.canonicalService(),
      self.canonicalRevision(),
      self.service() + "." + self.namespace() + ".svc.cluster.local",
      self.service(),
      self.namespace(),
      Labels.UNKNOWN,
      key.grpc ? "grpc" : "http",
      Integer.toString(key.status),
      "",
      key.flag.code(),
      Labels.security(key.peerId != null)
    };
    return new Series(
        requests.labelValues(labels),
        durations.labelValues(labels),
        null,
        key.policy == null ? null : denials.labelValues(key.policy, peer));
  }

  /** Of {@code spiffe://cluster.local/ns/shop/sa/catalog}: shop. */
  private static String namespaceOf(String principal) {
    int start = principal.indexOf("/ns/");
    int end = start < 0 ? -1 : principal.indexOf('/', start + 4);
    return end < 0 ? Labels.UNKNOWN : principal.substring(start + 4, end);
  }

  private static String firstLabel(String host) {
    int dot = host.indexOf(".");
    return dot < 0 || !host.contains(".svc.") ? host : host.substring(0, dot);
  }

  private static String secondLabel(String host) {
    int svc = host.indexOf(".svc.");
    int dot = host.indexOf('.');
    return svc <= dot ? Labels.UNKNOWN : host.substring(dot + 1, svc);
  }

  /** In Prometheus' text format. */
  String scrape() {
    ByteArrayOutputStream out = new ByteArrayOutputStream(16 * 1024);
    try {
      PrometheusTextFormatWriter.create()
          .write(out, registry.scrape(), EscapingScheme.UNDERSCORE_ESCAPING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  /** What tells one outbound series from another. */
  record Outbound(
      String route,
      String cluster,
      String host,
      String workload,
      String namespace,
      String app,
      String version,
      int status,
      @Nullable String grpcStatus,
      ResponseFlag flag,
      boolean mutualTls) {

    /**
     * @param host counts where there is no cluster
     */
    static Outbound of(
        String host,
        @Nullable String route,
        @Nullable String cluster,
        @Nullable Endpoint endpoint,
        int status,
        @Nullable String grpcStatus,
        ResponseFlag flag,
        boolean mutualTls) {
      Map<String, String> facts = endpoint == null ? Map.of() : endpoint.metadata();
      return new Outbound(
          route == null ? "" : route,
          cluster == null ? "" : cluster,
          cluster == null ? host : cluster.substring(cluster.lastIndexOf('|') + 1),
          facts.getOrDefault("workload", Labels.UNKNOWN),
          facts.getOrDefault("namespace", Labels.UNKNOWN),
          facts.getOrDefault("app", Labels.UNKNOWN),
          facts.getOrDefault("version", Labels.UNKNOWN),
          status,
          grpcStatus,
          flag,
          mutualTls);
    }
  }

  /** What tells one inbound series from another. */
  record Inbound(
      @Nullable String peerId,
      int status,
      boolean grpc,
      ResponseFlag flag,
      @Nullable String policy) {}

  private record Series(
      CounterDataPoint requests,
      DistributionDataPoint durations,
      @Nullable CounterDataPoint routes,
      @Nullable CounterDataPoint denials) {

    void count(long durationNanos) {
      requests.inc();
      durations.observe(durationNanos / NANOS_PER_MILLISECOND);
      if (routes != null) {
        routes.inc();
      }
      if (denials != null) {
        denials.inc();
      }
    }
  }
}
