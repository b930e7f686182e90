package dev.weft.xds.translation;

import com.google.protobuf.Any;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.model.AdaptiveConcurrency;
import dev.weft.engine.model.Fraction;
import dev.weft.engine.model.RateLimit;
import dev.weft.engine.model.RequestLimit;
import dev.weft.xds.proto.GradientControllerConfig;
import dev.weft.xds.proto.GrpcService;
import dev.weft.xds.proto.HeaderValueOption;
import dev.weft.xds.proto.HttpFilter;
import dev.weft.xds.proto.HttpStatus;
import dev.weft.xds.proto.LocalRateLimit;
import dev.weft.xds.proto.LocalRateLimitDescriptor;
import dev.weft.xds.proto.RuntimeFractionalPercent;
import dev.weft.xds.proto.TokenBucket;
import dev.weft.xds.proto.VhRateLimitsOptions;
import dev.weft.xds.proto.XRateLimitHeadersRFCVersion;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The HTTP filters that limit how many requests pass: local_ratelimit, ratelimit and
 * adaptive_concurrency. One that can't be honoured limits nothing, and is told of.
 */
final class RequestLimits {

  private static final String LOCAL =
      "envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit";
  private static final String GLOBAL = "envoy.extensions.filters.http.ratelimit.v3.RateLimit";
  private static final String CONCURRENCY =
      "envoy.extensions.filters.http.adaptive_concurrency.v3.AdaptiveConcurrency";

  private static final int TOO_MANY_REQUESTS = 429;
  private static final int INTERNAL_ERROR = 500;
  private static final int UNAVAILABLE = 503;
  private static final int DYNAMIC_DESCRIPTORS = 20;
  private static final Duration SHORTEST_FILL = Duration.ofMillis(50);
  private static final Duration TIMEOUT = Duration.ofMillis(20);

  private final Findings findings;

  RequestLimits(Findings findings) {
    this.findings = findings;
  }

  /** Whether a filter, or a route's configuration of one, is of these. */
  static boolean concerns(Any config) {
    return switch (Values.typeName(config)) {
      case LOCAL, GLOBAL, GLOBAL + "PerRoute", CONCURRENCY -> true;
      default -> false;
    };
  }

  /** Empty if it limits nothing. */
  Optional<RequestLimit> limit(HttpFilter filter, String at) {
    Any config = filter.getTypedConfig();
    try {
      return switch (Values.typeName(config)) {
        case LOCAL ->
            local(
                filter.getName(), Values.unpack(config, LocalRateLimit.parser(), at, findings), at);
        case GLOBAL ->
            Optional.of(
                global(
                    filter.getName(),
                    Values.unpack(
                        config, dev.weft.xds.proto.ratelimit.RateLimit.parser(), at, findings),
                    at));
        default ->
            concurrency(
                filter.getName(),
                Values.unpack(
                    config, dev.weft.xds.proto.AdaptiveConcurrency.parser(), at, findings),
                at);
      };
    } catch (ResourceRefused e) {
      findings.note(at, "no limit is in force: " + e.getMessage());
      return Optional.empty();
    }
  }

  private Optional<RequestLimit> local(String name, LocalRateLimit config, String at)
      throws ResourceRefused {
    findings.noteUnread(config, at, 1); // stat_prefix
    if (config.getLocalRateLimitPerDownstreamConnection()) {
      findings.note(
          at + ".local_rate_limit_per_downstream_connection",
          "has no effect: requests of all connections are counted together");
    }
    if (config.getVhRateLimits() != VhRateLimitsOptions.OVERRIDE) {
      findings.note(at + ".vh_rate_limits", "has no effect: OVERRIDE holds");
    }
    List<RateLimit.LocalDescriptor> descriptors = new ArrayList<>();
    for (int i = 0; i < config.getDescriptorsCount(); i++) {
      LocalRateLimitDescriptor descriptor = config.getDescriptors(i);
      String field = at + ".descriptors[" + i + "]";
      findings.noteUnread(descriptor, field);
      descriptors.add(
          new RateLimit.LocalDescriptor(
              descriptor.getEntriesList().stream()
                  .map(entry -> new RateLimit.Entry(entry.getKey(), entry.getValue()))
                  .toList(),
              bucket(descriptor.getTokenBucket(), field + ".token_bucket")));
    }
    RateLimit.Local limit =
        new RateLimit.Local(
            name,
            config.hasTokenBucket() ? bucket(config.getTokenBucket(), at + ".token_bucket") : null,
            !config.hasAlwaysConsumeDefaultTokenBucket()
                || config.getAlwaysConsumeDefaultTokenBucket().getValue(),
            descriptors,
            config.hasMaxDynamicDescriptors()
                ? Values.clamped(config.getMaxDynamicDescriptors().getValue())
                : DYNAMIC_DESCRIPTORS,
            config.getRateLimitsCount() > 0
                ? new RateLimitRules(findings).of(config.getRateLimitsList(), at)
                : null,
            config.getStage(),
            share(config.hasFilterEnabled(), config.getFilterEnabled(), Fraction.NONE),
            share(config.hasFilterEnforced(), config.getFilterEnforced(), Fraction.NONE),
            refusal(
                config.getStatus(),
                config.getResponseHeadersToAddList(),
                config.getRateLimitedAsResourceExhausted(),
                at),
            headers(config.getRequestHeadersToAddWhenNotEnforcedList(), at),
            config.getEnableXRatelimitHeaders() == XRateLimitHeadersRFCVersion.DRAFT_VERSION_03);
    boolean limitsNothing =
        limit.enabled().equals(Fraction.NONE)
            || (limit.bucket() == null && limit.descriptors().isEmpty());
    return limitsNothing ? Optional.empty() : Optional.of(limit);
  }

  private RateLimit.Bucket bucket(TokenBucket bucket, String at) throws ResourceRefused {
    Duration interval = Values.duration(bucket.getFillInterval());
    if (interval.compareTo(SHORTEST_FILL) < 0) {
      throw findings.refusal(at + ".fill_interval", "must be at least 50 ms");
    }
    int perFill = bucket.hasTokensPerFill() ? bucket.getTokensPerFill().getValue() : 1;
    if (bucket.getMaxTokens() == 0 || perFill == 0) {
      throw findings.refusal(at, "max_tokens and tokens_per_fill must be above 0");
    }
    return new RateLimit.Bucket(
        Integer.toUnsignedLong(bucket.getMaxTokens()), Integer.toUnsignedLong(perFill), interval);
  }

  private RateLimit global(String name, dev.weft.xds.proto.ratelimit.RateLimit config, String at)
      throws ResourceRefused {
    findings.noteUnread(config, at, 13); // stat_prefix
    if (!config.getRequestType().isEmpty() && !config.getRequestType().equals("both")) {
      throw findings.refusal(at + ".request_type", "must be both: nothing tells others apart");
    }
    GrpcService service = config.getRateLimitService().getGrpcService();
    if (!service.hasEnvoyGrpc()) {
      throw findings.refusal(at + ".rate_limit_service", "only envoy_grpc is supported");
    }
    findings.noteUnread(service, at + ".rate_limit_service.grpc_service");
    if (service.getInitialMetadataCount() > 0) {
      findings.note(at + ".rate_limit_service.grpc_service.initial_metadata", "is not supported");
    }
    String cluster = service.getEnvoyGrpc().getClusterName();
    String authority = service.getEnvoyGrpc().getAuthority();
    return new RateLimit.Global(
        name,
        cluster,
        authority.isEmpty() ? cluster : authority,
        config.getDomain(),
        config.hasTimeout() ? Values.duration(config.getTimeout()) : TIMEOUT,
        config.getFailureModeDeny(),
        status(config.getStatusOnError(), INTERNAL_ERROR),
        null,
        config.getStage(),
        share(config.hasFilterEnabled(), config.getFilterEnabled(), Fraction.ALL),
        share(config.hasFilterEnforced(), config.getFilterEnforced(), Fraction.ALL),
        refusal(
            config.getRateLimitedStatus(),
            config.getResponseHeadersToAddList(),
            config.getRateLimitedAsResourceExhausted(),
            at),
        !config.getDisableXEnvoyRatelimitedHeader(),
        config.getEnableXRatelimitHeaders()
            == dev.weft.xds.proto.ratelimit.RateLimit.XRateLimitHeadersRFCVersion.DRAFT_VERSION_03);
  }

  private static Fraction share(boolean given, RuntimeFractionalPercent share, Fraction unset) {
    return given ? Values.fraction(share.getDefaultValue()) : unset;
  }

  private RateLimit.Refusal refusal(
      HttpStatus status, List<HeaderValueOption> headers, boolean exhausted, String at)
      throws ResourceRefused {
    return new RateLimit.Refusal(
        status(status, TOO_MANY_REQUESTS), headers(headers, at), exhausted);
  }

  /** Envoy takes what is no error for unset. */
  private static int status(HttpStatus status, int unset) {
    return status.getCodeValue() < 400 ? unset : status.getCodeValue();
  }

  private HeaderEdits headers(List<HeaderValueOption> headers, String at) throws ResourceRefused {
    String field = at + ".response_headers_to_add";
    HeaderEdits edits =
        HeaderMutations.ofResponse()
            .level(List.of(), headers, field, findings)
            .formats()
            .constant();
    if (edits == null) {
      findings.note(field, "command operators are not supported here: no headers are added");
      return HeaderEdits.NONE;
    }
    return edits;
  }

  private Optional<RequestLimit> concurrency(
      String name, dev.weft.xds.proto.AdaptiveConcurrency config, String at)
      throws ResourceRefused {
    findings.noteUnread(config, at);
    boolean disabled =
        config.getEnabled().hasDefaultValue() && !config.getEnabled().getDefaultValue().getValue();
    if (disabled) {
      return Optional.empty();
    }
    if (!config.hasGradientControllerConfig()) {
      throw findings.refusal(at, "must have a gradient_controller_config");
    }
    GradientControllerConfig gradient = config.getGradientControllerConfig();
    var limit = gradient.getConcurrencyLimitParams();
    var ideal = gradient.getMinRttCalcParams();
    findings.noteUnread(limit, at + ".concurrency_limit_params");
    findings.noteUnread(ideal, at + ".min_rtt_calc_params");
    Duration fixed = ideal.hasFixedValue() ? Values.duration(ideal.getFixedValue()) : null;
    Duration update = Values.duration(limit.getConcurrencyUpdateInterval());
    Duration interval = Values.duration(ideal.getInterval());
    boolean measured = interval.compareTo(Duration.ofMillis(1)) >= 0;
    if (update.isZero() || update.isNegative() || (fixed == null && !measured)) {
      throw findings.refusal(
          at, "must have a concurrency_update_interval, and an interval or fixed_value of min_rtt");
    }
    return Optional.of(
        new AdaptiveConcurrency(
            name,
            percent(
                gradient.hasSampleAggregatePercentile(),
                gradient.getSampleAggregatePercentile().getValue(),
                50),
            limit.hasMaxConcurrencyLimit()
                ? Values.clamped(limit.getMaxConcurrencyLimit().getValue())
                : 1000,
            update,
            new AdaptiveConcurrency.MinRtt(
                measured ? null : fixed,
                interval,
                ideal.hasRequestCount()
                    ? Math.max(1, Values.clamped(ideal.getRequestCount().getValue()))
                    : 50,
                percent(ideal.hasJitter(), ideal.getJitter().getValue(), 15),
                ideal.hasMinConcurrency()
                    ? Math.max(1, Values.clamped(ideal.getMinConcurrency().getValue()))
                    : 3,
                percent(ideal.hasBuffer(), ideal.getBuffer().getValue(), 25)),
            status(config.getConcurrencyLimitExceededStatus(), UNAVAILABLE)));
  }

  /** As a share. */
  private static double percent(boolean given, double percent, double unset) {
    return (given ? percent : unset) / 100;
  }
}
