package dev.weft.engine.outbound;

import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.model.HashPolicy;
import dev.weft.engine.model.Mirror;
import dev.weft.engine.model.Route;
import dev.weft.engine.model.Route.Destination;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** A {@link Route.Forward}, ready to be done. */
final class Forwarding {

  final Route.Timeouts timeouts;
  final @Nullable RetryRule retry;
  final @Nullable CompiledRewrite rewrite;
  final List<Mirror> mirrors;

  /** What of a request is hashed, if its cluster asks for it. */
  final List<HashPolicy> hash;

  private final Choice[] choices;
  private final long totalWeight;

  Forwarding(Route route, Route.Forward forward) {
    timeouts = forward.timeouts();
    retry = RetryRule.of(forward.retry());
    rewrite = CompiledRewrite.of(forward.rewrite().path(), route.match().path());
    mirrors = forward.mirrors();
    hash = forward.hash();
    choices =
        forward.destinations().stream()
            .map(destination -> new Choice(route, forward.rewrite(), destination))
            .toArray(Choice[]::new);
    long sum = 0;
    for (Choice choice : choices) {
      sum += choice.weight;
    }
    totalWeight = sum;
  }

  /**
   * By weight.
   *
   * @return null if there are no destinations, or none with a weight
   */
  @Nullable Choice choose(RandomGenerator random) {
    if (choices.length == 1) {
      return choices[0];
    }
    if (totalWeight <= 0) {
      return null;
    }
    long point = random.nextLong(totalWeight);
    for (Choice choice : choices) {
      point -= choice.weight;
      if (point < 0) {
        return choice;
      }
    }
    throw new AssertionError("weights don't sum up");
  }

  /**
   * One of a route's destinations, with the edits of both: first its own, then the route's, from
   * the most specific level to the least, as Envoy's header manipulation has it.
   */
  static final class Choice {

    private static final int COMMON_ATTEMPTS = 4;

    final String cluster;
    final HeaderEdits responseHeaders;

    /** Empty: the request's own. */
    final String authority;

    /** The cluster used instead while this one can't be; empty: none. */
    final String fallback;

    private final int weight;
    private final HeaderEdits requestHeaders;

    /** {@link #requestHeaders} with the attempt count, by attempt. */
    private final HeaderEdits[] byAttempt = new HeaderEdits[COMMON_ATTEMPTS];

    private Choice(Route route, Route.Rewrite rewrite, Destination destination) {
      cluster = destination.cluster();
      fallback = destination.fallback();
      weight = destination.weight();
      // Envoy: the cluster's host_rewrite_literal is looked at first.
      authority = destination.authority().isEmpty() ? rewrite.authority() : destination.authority();
      requestHeaders = destination.requestHeaders().then(route.requestHeaders());
      responseHeaders = destination.responseHeaders().then(route.responseHeaders());
      for (int i = 0; i < byAttempt.length; i++) {
        byAttempt[i] = requestHeaders.then(attemptCount(i + 1));
      }
    }

    /**
     * @param attempt counts from 1
     */
    HeaderEdits requestHeaders(int attempt) {
      return attempt <= byAttempt.length
          ? byAttempt[attempt - 1]
          : requestHeaders.then(attemptCount(attempt));
    }

    /** Istio turns on Envoy's {@code include_request_attempt_count}. */
    private static HeaderEdits attemptCount(int attempt) {
      return new HeaderEdits(
          List.of(),
          List.of(new Header("x-envoy-attempt-count", Integer.toString(attempt))),
          List.of());
    }
  }
}
