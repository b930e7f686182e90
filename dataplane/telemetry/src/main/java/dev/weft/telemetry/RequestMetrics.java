package dev.weft.telemetry;

import dev.weft.telemetry.Caller.Outcome;
import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Istio's standard metrics as source and as destination, and Weft's own beside them. A request that
 * looks like one before it finds its series by a small key; label values are made once for each
 * series. Their number is bounded, and of inbound ones that of each identity ({@link KnownPeers}):
 * what would be one too many is counted by less of what is known of it.
 */
final class RequestMetrics {

  /** Istio's buckets, milliseconds. */
  private static final double[] MILLISECONDS = {
    0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 300000, 600000,
    1800000, 3600000
  };

  /** In each direction. One takes 22 lines of the page, some 20 KB. */
  static final int MOST_SERIES = 2_000;

  private final WorkloadFacts self;
  private final Supplier<@Nullable String> principal;
  private volatile @Nullable String ownId;
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
  private final Counter audited =
      Counter.builder()
          .name("weft_audited_requests")
          .help("Inbound requests that an authorization policy with action AUDIT matched.")
          .labelNames("policy")
          .withoutExemplars()
          .register(registry);
  private final Counter dryRuns =
      Counter.builder()
          .name("weft_dry_run_requests")
          .help("Inbound requests, by what authorization policies that run dry would have decided.")
          .labelNames("action", "result", "policy")
          .withoutExemplars()
          .register(registry);
  private final Counter dropped =
      Counter.builder()
          .name("weft_metrics_dropped_requests")
          .help("Requests that were counted without their labels, for want of room.")
          .withoutExemplars()
          .register(registry);

  private final ConcurrentMap<OutboundKey, Series> outbound = new ConcurrentHashMap<>();

  /** How many the callers have together. */
  private final AtomicInteger inboundSeries = new AtomicInteger();

  /**
   * @param principal this workload's SPIFFE ID, null while it has none
   */
  RequestMetrics(WorkloadFacts self, Supplier<@Nullable String> principal) {
    this.self = self;
    this.principal = principal;
    ProcessMetrics.register(registry);
  }

  PrometheusRegistry registry() {
    return registry;
  }

  void audited(String policy) {
    audited.labelValues(policy).inc();
  }

  /** Of which there are as many as policies, so that there is room for all. */
  void dryRun(String action, boolean granted, @Nullable String policy) {
    dryRuns
        .labelValues(action, granted ? "allowed" : "denied", policy == null ? "none" : policy)
        .inc();
  }

  /** A count that is kept elsewhere. */
  void counter(String name, String help, LongSupplier count) {
    CounterWithCallback.builder()
        .name(name)
        .help(help)
        .callback(callback -> callback.call((double) count.getAsLong()))
        .register(registry);
  }

  /** This workload's SPIFFE ID, null while it has none; once there is one it stays. */
  @Nullable String principal() {
    String id = ownId;
    if (id == null) {
      id = principal.get();
      ownId = id;
    }
    return id;
  }

  void outbound(OutboundKey key, long durationNanos) {
    Series series = outbound.get(key);
    if (series == null && outbound.size() < MOST_SERIES) {
      series = outbound.computeIfAbsent(key, this::newSeries);
    }
    if (series == null) {
      dropped.inc();
      series = unlabelled("source");
    }
    series.count(durationNanos);
  }

  /** Counts it by as much as there is room to know of its caller. */
  void inbound(Caller caller, Outcome outcome, long durationNanos) {
    Series series = null;
    for (Caller by = caller; series == null && by != null; by = by.lessKnown) {
      series = by.series(outcome);
      if (series == null && by.hasRoom() && inboundSeries.get() < MOST_SERIES) {
        series = by.add(outcome, this::newSeries);
      }
    }
    if (series == null) {
      dropped.inc();
      if (outcome.policy() != null) {
        denials.labelValues(outcome.policy(), Labels.UNKNOWN).inc();
      }
      series = unlabelled("destination");
    }
    series.count(durationNanos);
  }

  /**
   * Whether it is time to forget callers that weren't heard of for long; until then none loses its
   * counts.
   */
  boolean isShortOfRoom() {
    return inboundSeries.get() > MOST_SERIES * 3 / 4;
  }

  /** Takes what was counted of a caller off the page. */
  void forget(Caller caller) {
    for (Outcome outcome : caller.forget()) {
      String[] labels = labels(caller, outcome);
      requests.remove(labels);
      durations.remove(labels);
      inboundSeries.decrementAndGet();
    }
    String principal = caller.principal;
    if (caller.lessKnown == null && principal != null) {
      denials.removeIf(labels -> labels.get(1).equals(principal));
    }
  }

  private Series newSeries(OutboundKey key) {
    return series(
        labels(key),
        routes.labelValues(
            known(key.route(), ""),
            known(key.cluster(), ""),
            key.destination().version(),
            Integer.toString(key.status()),
            key.flags().code()));
  }

  private Series newSeries(Caller caller, Outcome outcome) {
    inboundSeries.incrementAndGet();
    return series(
        labels(caller, outcome),
        outcome.policy() == null
            ? null
            : denials.labelValues(outcome.policy(), known(caller.principal, Labels.UNKNOWN)));
  }

  private Series series(String[] labels, @Nullable CounterDataPoint more) {
    return new Series(requests.labelValues(labels), durations.labelValues(labels), more);
  }

  private String[] labels(OutboundKey key) {
    Peer destination = key.destination();
    return new String[] {
      "source",
      self.workload(),
      self.namespace(),
      known(key.principal(), Labels.UNKNOWN),
      self.app(),
      self.version(),
      self.canonicalService(),
      self.canonicalRevision(),
      Labels.UNKNOWN,
      destination.workload(),
      destination.namespace(),
      known(key.peerId(), Labels.UNKNOWN),
      destination.app(),
      destination.version(),
      destination.canonicalService(),
      destination.canonicalRevision(),
      key.serviceHost(),
      key.serviceName(),
      key.serviceNamespace(),
      destination.cluster(),
      key.grpcStatus() == null ? "http" : "grpc",
      Integer.toString(key.status()),
      known(key.grpcStatus(), ""),
      key.flags().code(),
      // As in Istio, where only the destination reports it.
      Labels.UNKNOWN
    };
  }

  private String[] labels(Caller caller, Outcome outcome) {
    Peer peer = caller.peer;
    return new String[] {
      "destination",
      peer.workload(),
      peer.namespace(),
      known(caller.principal, Labels.UNKNOWN),
      peer.app(),
      peer.version(),
      peer.canonicalService(),
      peer.canonicalRevision(),
      peer.cluster(),
      self.workload(),
      self.namespace(),
      known(outcome.ownPrincipal(), Labels.UNKNOWN),
      self.app(),
      self.version(),
      self.canonicalService(),
      self.canonicalRevision(),
      self.service() + "." + self.namespace() + ".svc.cluster.local",
      self.service(),
      self.namespace(),
      Labels.UNKNOWN,
      outcome.grpc() ? "grpc" : "http",
      Integer.toString(outcome.status()),
      "",
      outcome.flag().code(),
      Labels.security(caller.principal != null)
    };
  }

  /** Of requests that there is no room to say anything else of. */
  private Series unlabelled(String reporter) {
    String[] labels = new String[Labels.ISTIO.length];
    Arrays.fill(labels, Labels.UNKNOWN);
    labels[0] = reporter;
    return series(labels, null);
  }

  private static String known(@Nullable String value, String otherwise) {
    return value == null ? otherwise : value;
  }

  /** In Prometheus' text format, which may be tens of megabytes. */
  void scrape(OutputStream out) throws IOException {
    PrometheusTextFormatWriter.create()
        .write(out, registry.scrape(), EscapingScheme.UNDERSCORE_ESCAPING);
  }
}
