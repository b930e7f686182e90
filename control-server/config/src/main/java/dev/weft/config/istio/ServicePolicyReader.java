package dev.weft.config.istio;

import dev.weft.config.model.AdaptiveConcurrency;
import dev.weft.config.model.HeaderEdits;
import dev.weft.config.model.Metadata;
import dev.weft.config.model.RateLimit;
import dev.weft.config.model.ServicePolicy;
import dev.weft.config.model.ServicePolicy.HealthCheck;
import dev.weft.config.model.ServicePolicy.Hedging;
import dev.weft.config.model.ServicePolicy.LastGoodAnswer;
import dev.weft.config.model.Visibility;
import dev.weft.config.model.WeightedDestination;
import dev.weft.config.model.WorkloadSelector;
import dev.weft.config.source.Fields;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** Reads a ServicePolicy. Host, exportTo and selector are as in Istio's kinds. */
final class ServicePolicyReader {

  private static final int PERCENT = 100;

  private static final Duration DEFAULT_AGE = Duration.ofHours(1);
  private static final Duration LONGEST_AGE = Duration.ofDays(30);

  // It is the heap of the applications that call.
  private static final long MOST_BYTES = 64L * 1024 * 1024;
  private static final int DEFAULT_ENTRIES = 100;
  private static final int MOST_ENTRIES = 100_000;
  private static final int DEFAULT_BODY = 64 * 1024;
  private static final int LONGEST_BODY = 1024 * 1024;

  /** What callers do, so that a policy for a selector's workloads can't say it. */
  private static final List<String> OF_CALLERS =
      List.of("exportTo", "panicThreshold", "healthCheck", "hedging", "fallback", "lastGoodAnswer");

  private ServicePolicyReader() {}

  static ServicePolicy read(Metadata metadata, Fields spec) {
    String host = spec.string("host");
    if (host != null && !Names.isWildcardHost(host)) {
      spec.error("host", "\"" + host + "\" is not a host name");
    }
    WorkloadSelector selector = CommonFields.selector(spec);
    if (spec.has("host") == spec.has("selector")) {
      spec.error("", "must have exactly one of host and selector");
    } else if (spec.has("selector")) {
      for (String field : OF_CALLERS) {
        if (spec.has(field)) {
          spec.error(field, "is what callers do: the policy needs a host, not a selector");
        }
      }
    }
    Visibility visibility = CommonFields.visibility(spec);
    Integer panicThreshold = spec.integer("panicThreshold", 0, PERCENT);
    HealthCheck healthCheck = spec.object("healthCheck", HealthCheckReader::read);
    Hedging hedging = spec.object("hedging", ServicePolicyReader::hedging);
    WeightedDestination fallback = spec.object("fallback", ServicePolicyReader::fallback);
    LastGoodAnswer lastGoodAnswer =
        spec.object("lastGoodAnswer", ServicePolicyReader::lastGoodAnswer);
    List<RateLimit> rateLimits = new RateLimitReader(metadata, spec.has("selector")).read(spec);
    AdaptiveConcurrency adaptiveConcurrency =
        spec.object("adaptiveConcurrency", AdaptiveConcurrencyReader::read);
    return new ServicePolicy(
        metadata,
        host == null ? "" : host.toLowerCase(Locale.ROOT),
        spec.has("selector") ? selector : null,
        visibility,
        panicThreshold,
        healthCheck,
        hedging,
        fallback,
        lastGoodAnswer,
        rateLimits,
        adaptiveConcurrency);
  }

  private static Hedging hedging(Fields fields) {
    Duration delay = CommonFields.positiveDuration(fields, "delay");
    if (!fields.has("delay")) {
      fields.error("delay", "is required");
    }
    return new Hedging(delay == null ? Duration.ofSeconds(1) : delay);
  }

  private static LastGoodAnswer lastGoodAnswer(Fields fields) {
    Duration maxAge = fields.duration("maxAge");
    if (maxAge != null
        && (maxAge.compareTo(Duration.ofSeconds(1)) < 0 || maxAge.compareTo(LONGEST_AGE) > 0)) {
      fields.error("maxAge", "must be from 1s to " + LONGEST_AGE.toHours() + "h");
    }
    Integer maxEntries = fields.integer("maxEntries", 1, MOST_ENTRIES);
    Integer maxBodyBytes = fields.integer("maxBodyBytes", 1, LONGEST_BODY);
    int entries = maxEntries == null ? DEFAULT_ENTRIES : maxEntries;
    int bodyBytes = maxBodyBytes == null ? DEFAULT_BODY : maxBodyBytes;
    if ((long) entries * bodyBytes > MOST_BYTES) {
      fields.error(
          "maxEntries", "times maxBodyBytes, " + bodyBytes + ", must be at most " + MOST_BYTES);
    }
    return new LastGoodAnswer(maxAge == null ? DEFAULT_AGE : maxAge, entries, bodyBytes);
  }

  private static WeightedDestination fallback(Fields fields) {
    String host = fields.requiredString("host");
    if (!host.isEmpty() && !Names.isHost(host)) {
      fields.error("host", "\"" + host + "\" is not a host name");
    }
    String subset = fields.string("subset");
    if (subset != null && !Names.isDnsLabel(subset)) {
      fields.error("subset", "\"" + subset + "\" is not a valid subset name");
    }
    return new WeightedDestination(
        host.toLowerCase(Locale.ROOT),
        subset == null ? "" : subset,
        CommonFields.port(fields, "port"),
        1,
        HeaderEdits.NONE,
        HeaderEdits.NONE);
  }
}
