package dev.weft.telemetry;

import dev.weft.engine.expression.Attributes;
import dev.weft.telemetry.Caller.Outcome;
import dev.weft.telemetry.MetricOverrides.Dimensions;
import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
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

  /**
   * In each direction. One takes 64 lines of the page, some 60 KB, since each bucket has all
   * labels: with all of both it is 120 MB, which is made before whoever scrapes it gives up.
   */
  static final int MOST_SERIES = 1_000;

  private final StandardLabels labels;
  private final Supplier<@Nullable String> principal;
  private volatile @Nullable String ownId;
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final StandardMetrics standard = new StandardMetrics(registry);
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

  private volatile @Nullable MetricOverrides inboundOverrides;
  private volatile @Nullable MetricOverrides outboundOverrides;
  private final UnlabelledSeries inboundRest = new UnlabelledSeries(standard, "destination");
  private final UnlabelledSeries outboundRest = new UnlabelledSeries(standard, "source");

  /** Requests that came in and are under way. */
  private final LongAdder active = new LongAdder();

  /** How many the callers have together. */
  private final AtomicInteger inboundSeries = new AtomicInteger();

  /**
   * @param principal this workload's SPIFFE ID, null while it has none
   */
  RequestMetrics(WorkloadFacts self, Supplier<@Nullable String> principal) {
    labels = new StandardLabels(self);
    this.principal = principal;
    ProcessMetrics.register(registry);
  }

  PrometheusRegistry registry() {
    return registry;
  }

  /** A request came in. */
  void begun() {
    active.increment();
  }

  /** Requests that came in and are under way. */
  long active() {
    return active.sum();
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

  /**
   * Istio's {@code istio_build}.
   *
   * @param version of the data plane
   */
  void build(String version) {
    GaugeWithCallback.builder()
        .name("istio_build")
        .help("The data plane's version, as Istio's proxies tell theirs.")
        .labelNames("component", "tag")
        .callback(callback -> callback.call(1, "proxy", version))
        .register(registry);
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

  /**
   * From now on calls are counted by these; what was counted before, by others, isn't shown any
   * more.
   */
  void overrideOutbound(@Nullable MetricOverrides overrides) {
    outboundOverrides = overrides;
    outboundRest.forget();
    for (OutboundKey key : outbound.keySet()) {
      if (outbound.remove(key) != null) {
        standard.release(labels.of(key), key.dimensions());
      }
    }
  }

  /** The same of requests that come in; each caller is to be {@link #startAnew started anew}. */
  void overrideInbound(@Nullable MetricOverrides overrides) {
    inboundOverrides = overrides;
    inboundRest.forget();
  }

  /**
   * What overrides ask of a call that is over.
   *
   * @param entry null: nothing was kept of it
   */
  @Nullable Dimensions ofCall(@Nullable Attributes entry) {
    MetricOverrides overrides = outboundOverrides;
    return overrides == null ? null : overrides.dimensions(entry);
  }

  /** The same of a request that came in. */
  @Nullable Dimensions ofRequest(@Nullable Attributes entry) {
    MetricOverrides overrides = inboundOverrides;
    return overrides == null ? null : overrides.dimensions(entry);
  }

  /**
   * @param received of the request's body, bytes; -1 if that isn't known
   * @param sent of the response's body
   */
  void outbound(OutboundKey key, long durationNanos, long received, long sent) {
    Series series = outbound.get(key);
    if (series == null && outbound.size() < MOST_SERIES) {
      series = outbound.computeIfAbsent(key, this::newSeries);
    }
    if (series == null) {
      dropped.inc();
      series = outboundRest.series(outboundOverrides);
    }
    series.count(durationNanos, received, sent);
  }

  /**
   * Counts it by as much as there is room to know of its caller.
   *
   * @param received of the request's body, bytes; -1 if that isn't known
   * @param sent of the response's body
   */
  void inbound(Caller caller, Outcome outcome, long durationNanos, long received, long sent) {
    active.decrement();
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
      series = inboundRest.series(inboundOverrides);
    }
    series.count(durationNanos, received, sent);
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
    release(caller, caller.forget());
    String principal = caller.principal;
    if (caller.lessKnown == null && principal != null) {
      denials.removeIf(labels -> labels.get(1).equals(principal));
    }
  }

  /** Takes what was counted of it off the page, for it is counted by other labels now. */
  void startAnew(Caller caller) {
    release(caller, caller.startAnew());
  }

  private void release(Caller caller, Set<Outcome> outcomes) {
    for (Outcome outcome : outcomes) {
      standard.release(labels.of(caller, outcome, principal()), outcome.dimensions());
      inboundSeries.decrementAndGet();
    }
  }

  private Series newSeries(OutboundKey key) {
    return standard.take(
        labels.of(key),
        key.dimensions(),
        routes.labelValues(
            known(key.route(), ""),
            known(key.cluster(), ""),
            key.destination().version(),
            Integer.toString(key.status()),
            key.flags().code()));
  }

  private Series newSeries(Caller caller, Outcome outcome) {
    inboundSeries.incrementAndGet();
    return standard.take(
        labels.of(caller, outcome, principal()),
        outcome.dimensions(),
        outcome.policy() == null
            ? null
            : denials.labelValues(outcome.policy(), known(caller.principal, Labels.UNKNOWN)));
  }

  private static String known(@Nullable String value, String otherwise) {
    return value == null ? otherwise : value;
  }

  /** In Prometheus' text format, which may be hundreds of megabytes. */
  void scrape(OutputStream out) throws IOException {
    PrometheusTextFormatWriter.create()
        .write(out, registry.scrape(), EscapingScheme.UNDERSCORE_ESCAPING);
  }
}
