package dev.weft.config.agent;

import com.google.protobuf.Any;
import com.google.protobuf.BoolValue;
import com.google.protobuf.Message;
import com.google.protobuf.UInt32Value;
import dev.weft.config.model.AdaptiveConcurrency;
import dev.weft.config.model.MeshModel;
import dev.weft.config.model.RateLimit;
import dev.weft.config.model.RequestLimits;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.GrpcService;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption.HeaderAppendAction;
import io.envoyproxy.envoy.config.core.v3.RuntimeFractionalPercent;
import io.envoyproxy.envoy.config.ratelimit.v3.RateLimitServiceConfig;
import io.envoyproxy.envoy.extensions.common.ratelimit.v3.LocalRateLimitDescriptor;
import io.envoyproxy.envoy.extensions.common.ratelimit.v3.RateLimitDescriptor;
import io.envoyproxy.envoy.extensions.common.ratelimit.v3.XRateLimitHeadersRFCVersion;
import io.envoyproxy.envoy.extensions.filters.http.adaptive_concurrency.v3.GradientControllerConfig;
import io.envoyproxy.envoy.extensions.filters.http.adaptive_concurrency.v3.GradientControllerConfig.ConcurrencyLimitCalculationParams;
import io.envoyproxy.envoy.extensions.filters.http.adaptive_concurrency.v3.GradientControllerConfig.MinimumRTTCalculationParams;
import io.envoyproxy.envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.type.v3.HttpStatus;
import io.envoyproxy.envoy.type.v3.Percent;
import io.envoyproxy.envoy.type.v3.TokenBucket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The limits on requests, as Envoy's filters and the rules of the routes behind them. */
final class LimitFilters {

  private static final String LOCAL = "envoy.filters.http.local_ratelimit";
  private static final String GLOBAL = "envoy.filters.http.ratelimit";
  private static final String CONCURRENCY = "envoy.filters.http.adaptive_concurrency";

  private final List<HttpFilter> first = new ArrayList<>();
  private final List<HttpFilter> last = new ArrayList<>();
  private final List<io.envoyproxy.envoy.config.route.v3.RateLimit> rules = new ArrayList<>();
  private final List<ClusterName> clusters = new ArrayList<>();
  private int stage;

  private LimitFilters() {}

  /**
   * @param namespace of who asks rate limit services
   */
  static LimitFilters of(RequestLimits limits, MeshModel model, String namespace) {
    LimitFilters filters = new LimitFilters();
    limits.first().forEach(limit -> filters.add(limit, filters.first, model, namespace));
    limits.last().forEach(limit -> filters.add(limit, filters.last, model, namespace));
    AdaptiveConcurrency concurrency = limits.concurrency();
    if (concurrency != null) {
      filters.last.add(concurrency(concurrency));
    }
    return filters;
  }

  /** Before all other filters. */
  List<HttpFilter> first() {
    return first;
  }

  /** After all other filters. */
  List<HttpFilter> last() {
    return last;
  }

  /** Of every route. */
  List<io.envoyproxy.envoy.config.route.v3.RateLimit> rules() {
    return rules;
  }

  /** Of the services that are asked. */
  List<ClusterName> clusters() {
    return clusters;
  }

  private void add(RateLimit limit, List<HttpFilter> filters, MeshModel model, String namespace) {
    if (limit instanceof RateLimit.Local local) {
      if (local.limitsAnything()) {
        filters.add(filter(LOCAL, local.name(), local(local)));
      }
      return;
    }
    RateLimit.Global global = (RateLimit.Global) limit;
    service(global, model, namespace)
        .ifPresent(
            cluster -> {
              clusters.add(cluster);
              filters.add(filter(GLOBAL, global.name(), global(global, cluster, stage)));
              for (RateLimit.Rule rule : global.rules()) {
                rules.add(LimitRules.rule(rule).setStage(UInt32Value.of(stage)).build());
              }
              stage++;
            });
  }

  /** Empty if nothing has its host and port. */
  private static Optional<ClusterName> service(
      RateLimit.Global limit, MeshModel model, String namespace) {
    String host = model.settings().qualify(limit.service(), limit.namespace());
    return model
        .service(host, namespace)
        .filter(known -> known.port(limit.port()).isPresent())
        .map(known -> new ClusterName(limit.port(), "", host));
  }

  private static HttpFilter filter(String type, String name, Message config) {
    return HttpFilter.newBuilder()
        .setName(type + "/" + name)
        .setTypedConfig(Any.pack(config))
        .build();
  }

  private static LocalRateLimit local(RateLimit.Local limit) {
    LocalRateLimit.Builder filter =
        LocalRateLimit.newBuilder()
            .setStatPrefix("http_local_rate_limiter")
            .setFilterEnabled(share(limit.enabled()))
            .setFilterEnforced(share(limit.enforced()))
            .setAlwaysConsumeDefaultTokenBucket(BoolValue.of(limit.alwaysTakes()));
    RateLimit.Bucket bucket = limit.bucket();
    if (bucket != null) {
      filter.setTokenBucket(bucket(bucket));
    }
    if (!limit.rules().isEmpty()) {
      limit.rules().forEach(rule -> filter.addRateLimits(LimitRules.rule(rule)));
      limit.descriptors().forEach(descriptor -> filter.addDescriptors(descriptor(descriptor)));
    }
    if (limit.maxBuckets() != null) {
      filter.setMaxDynamicDescriptors(UInt32Value.of(limit.maxBuckets()));
    }
    RateLimit.Refusal refusal = limit.refusal();
    status(refusal.status(), RateLimit.Refusal.DEFAULT_STATUS).ifPresent(filter::setStatus);
    if (refusal.limitHeaders()) {
      filter.setEnableXRatelimitHeaders(XRateLimitHeadersRFCVersion.DRAFT_VERSION_03);
    }
    return filter
        .setRateLimitedAsResourceExhausted(refusal.resourceExhausted())
        .addAllResponseHeadersToAdd(headers(refusal.headers()))
        .build();
  }

  private static LocalRateLimitDescriptor descriptor(RateLimit.Descriptor descriptor) {
    LocalRateLimitDescriptor.Builder envoys =
        LocalRateLimitDescriptor.newBuilder().setTokenBucket(bucket(descriptor.bucket()));
    for (RateLimit.Entry entry : descriptor.entries()) {
      envoys.addEntries(
          RateLimitDescriptor.Entry.newBuilder().setKey(entry.key()).setValue(entry.value()));
    }
    return envoys.build();
  }

  private static TokenBucket bucket(RateLimit.Bucket bucket) {
    return TokenBucket.newBuilder()
        .setMaxTokens(bucket.maxTokens())
        .setTokensPerFill(UInt32Value.of(bucket.tokensPerFill()))
        .setFillInterval(Protos.duration(bucket.interval()))
        .build();
  }

  private static io.envoyproxy.envoy.extensions.filters.http.ratelimit.v3.RateLimit global(
      RateLimit.Global limit, ClusterName cluster, int stage) {
    var filter =
        io.envoyproxy.envoy.extensions.filters.http.ratelimit.v3.RateLimit.newBuilder()
            .setDomain(limit.domain())
            .setStage(stage)
            .setTimeout(Protos.duration(limit.timeout()))
            .setFailureModeDeny(limit.failClosed())
            .setRateLimitService(
                RateLimitServiceConfig.newBuilder()
                    .setTransportApiVersion(ApiVersion.V3)
                    .setGrpcService(
                        GrpcService.newBuilder()
                            .setEnvoyGrpc(
                                GrpcService.EnvoyGrpc.newBuilder()
                                    .setClusterName(cluster.toString())
                                    .setAuthority(cluster.host()))));
    RateLimit.Refusal refusal = limit.refusal();
    status(refusal.status(), RateLimit.Refusal.DEFAULT_STATUS)
        .ifPresent(filter::setRateLimitedStatus);
    if (refusal.limitHeaders()) {
      filter.setEnableXRatelimitHeaders(
          io.envoyproxy.envoy.extensions.filters.http.ratelimit.v3.RateLimit
              .XRateLimitHeadersRFCVersion.DRAFT_VERSION_03);
    }
    return filter
        .setRateLimitedAsResourceExhausted(refusal.resourceExhausted())
        .addAllResponseHeadersToAdd(headers(refusal.headers()))
        .build();
  }

  private static HttpFilter concurrency(AdaptiveConcurrency settings) {
    ConcurrencyLimitCalculationParams.Builder limit =
        ConcurrencyLimitCalculationParams.newBuilder()
            .setConcurrencyUpdateInterval(Protos.duration(settings.updateInterval()));
    MinimumRTTCalculationParams.Builder minRtt = MinimumRTTCalculationParams.newBuilder();
    if (settings.fixedMinRtt() == null) {
      minRtt.setInterval(Protos.duration(settings.minRtt()));
    } else {
      minRtt.setFixedValue(Protos.duration(settings.fixedMinRtt()));
    }
    if (settings.maxConcurrency() != null) {
      limit.setMaxConcurrencyLimit(UInt32Value.of(settings.maxConcurrency()));
    }
    if (settings.minConcurrency() != null) {
      minRtt.setMinConcurrency(UInt32Value.of(settings.minConcurrency()));
    }
    if (settings.requests() != null) {
      minRtt.setRequestCount(UInt32Value.of(settings.requests()));
    }
    if (settings.jitter() != null) {
      minRtt.setJitter(percent(settings.jitter()));
    }
    if (settings.buffer() != null) {
      minRtt.setBuffer(percent(settings.buffer()));
    }
    GradientControllerConfig.Builder gradient =
        GradientControllerConfig.newBuilder()
            .setConcurrencyLimitParams(limit)
            .setMinRttCalcParams(minRtt);
    if (settings.percentile() != null) {
      gradient.setSampleAggregatePercentile(percent(settings.percentile()));
    }
    var filter =
        io.envoyproxy.envoy.extensions.filters.http.adaptive_concurrency.v3.AdaptiveConcurrency
            .newBuilder()
            .setGradientControllerConfig(gradient);
    status(settings.status() == null ? 503 : settings.status(), 503)
        .ifPresent(filter::setConcurrencyLimitExceededStatus);
    return HttpFilter.newBuilder()
        .setName(CONCURRENCY)
        .setTypedConfig(Any.pack(filter.build()))
        .build();
  }

  private static Percent percent(double value) {
    return Percent.newBuilder().setValue(value).build();
  }

  private static Optional<HttpStatus> status(int status, int unset) {
    return status == unset
        ? Optional.empty()
        : Optional.of(HttpStatus.newBuilder().setCodeValue(status).build());
  }

  private static RuntimeFractionalPercent share(double percent) {
    return RuntimeFractionalPercent.newBuilder()
        .setDefaultValue(HttpFilters.percent(percent))
        .build();
  }

  private static List<HeaderValueOption> headers(Map<String, String> headers) {
    List<HeaderValueOption> options = new ArrayList<>();
    new TreeMap<>(headers)
        .forEach(
            (name, value) ->
                options.add(
                    HeaderValueOption.newBuilder()
                        .setHeader(HeaderValue.newBuilder().setKey(name).setValue(value))
                        .setAppendAction(HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD)
                        .build()));
    return options;
  }
}
