package dev.weft.xds.translation;

import dev.weft.engine.model.HeaderMatch;
import dev.weft.engine.model.RetryPolicy;
import dev.weft.xds.proto.HeaderMatcher;
import dev.weft.xds.proto.PreviousPrioritiesConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Envoy's config.route.v3.RetryPolicy. */
final class Retries {

  private static final int DEFAULT_RETRIES = 1;
  private static final Duration DEFAULT_BASE_INTERVAL = Duration.ofMillis(25);
  private static final int DEFAULT_MAX_INTERVAL_FACTOR = 10;

  private static final String PREVIOUS_HOSTS = "envoy.retry_host_predicates.previous_hosts";

  private static final String PREVIOUS_PRIORITIES =
      "envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig";

  /** x-envoy-retry-on and x-envoy-retry-grpc-on. */
  private static final Set<String> CONDITIONS =
      Set.of(
          "5xx",
          "gateway-error",
          "reset",
          "reset-before-request",
          "connect-failure",
          "envoy-ratelimited",
          "retriable-4xx",
          "refused-stream",
          "retriable-status-codes",
          "retriable-headers",
          "http3-post-connect-failure",
          "cancelled",
          "deadline-exceeded",
          "internal",
          "resource-exhausted",
          "unavailable");

  private Retries() {}

  /**
   * @param hedged hedge_policy.hedge_on_per_try_timeout of the same route or virtual host
   * @return null if the policy never retries
   */
  static @Nullable RetryPolicy policy(
      dev.weft.xds.proto.RetryPolicy policy, boolean hedged, String at, Findings findings)
      throws ResourceRefused {
    findings.noteUnread(policy, at);
    Set<String> on = new LinkedHashSet<>();
    for (String condition : policy.getRetryOn().split(",", -1)) {
      if (CONDITIONS.contains(condition.strip())) {
        on.add(condition.strip());
      } else if (!condition.isBlank()) {
        findings.note(at + ".retry_on", condition.strip() + " is unknown and has no effect");
      }
    }
    int retries =
        policy.hasNumRetries()
            ? Values.clamped(policy.getNumRetries().getValue())
            : DEFAULT_RETRIES;
    if (on.isEmpty() || retries == 0) {
      return null;
    }
    boolean avoidPreviousHosts = false;
    for (var predicate : policy.getRetryHostPredicateList()) {
      if (predicate.getName().equals(PREVIOUS_HOSTS)) {
        avoidPreviousHosts = true;
      } else {
        findings.note(at + ".retry_host_predicate", predicate.getName() + " is not supported");
      }
    }
    Duration perTry = Values.duration(policy.getPerTryTimeout());
    Duration base = DEFAULT_BASE_INTERVAL;
    Duration max = base.multipliedBy(DEFAULT_MAX_INTERVAL_FACTOR);
    if (policy.hasRetryBackOff()) {
      base = Values.duration(policy.getRetryBackOff().getBaseInterval());
      max =
          policy.getRetryBackOff().hasMaxInterval()
              ? Values.duration(policy.getRetryBackOff().getMaxInterval())
              : base.multipliedBy(DEFAULT_MAX_INTERVAL_FACTOR);
      if (base.isZero() || base.isNegative() || max.compareTo(base) < 0) {
        throw findings.refusal(
            at + ".retry_back_off", "needs a base interval above 0, and a maximum no lower");
      }
    }
    return new RetryPolicy(
        on,
        retries,
        perTry.isZero() ? null : perTry,
        base,
        max,
        Set.copyOf(policy.getRetriableStatusCodesList()),
        headers(policy.getRetriableHeadersList(), at + ".retriable_headers", findings),
        headers(
            policy.getRetriableRequestHeadersList(), at + ".retriable_request_headers", findings),
        avoidPreviousHosts,
        policy.hasRetryPriority()
            ? otherPriorities(policy.getRetryPriority(), at + ".retry_priority", findings)
            : 0,
        hedged);
  }

  private static int otherPriorities(
      dev.weft.xds.proto.RetryPolicy.RetryPriority priority, String at, Findings findings)
      throws ResourceRefused {
    if (!Values.typeName(priority.getTypedConfig()).equals(PREVIOUS_PRIORITIES)) {
      findings.note(at, priority.getName() + " is not supported");
      return 0;
    }
    int every =
        Values.unpack(priority.getTypedConfig(), PreviousPrioritiesConfig.parser(), at, findings)
            .getUpdateFrequency();
    if (every <= 0) {
      throw findings.refusal(at + ".update_frequency", "must be above 0, is " + every);
    }
    return every;
  }

  /** Any of them is enough, so one that takes two conditions of ours can't be told. */
  private static List<HeaderMatch> headers(
      List<HeaderMatcher> matchers, String at, Findings findings) throws ResourceRefused {
    List<HeaderMatch> matches = new ArrayList<>();
    for (HeaderMatcher matcher : matchers) {
      String field = at + "[" + matcher.getName() + "]";
      List<HeaderMatch> all = Matchers.header(matcher, field, findings);
      if (all.size() > 1) {
        throw findings.refusal(field, "an inverted match of a value is not supported here");
      }
      matches.addAll(all);
    }
    return matches;
  }
}
