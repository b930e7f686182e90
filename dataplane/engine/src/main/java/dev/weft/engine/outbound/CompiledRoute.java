package dev.weft.engine.outbound;

import dev.weft.engine.Answer;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.model.FaultPolicy;
import dev.weft.engine.model.Route;
import dev.weft.engine.model.Route.Destination;
import dev.weft.engine.model.StringMatch;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** A {@link Route} with all that can be known about it before a request comes. */
final class CompiledRoute {

  private final StringMatch path;
  private final boolean anyPath;
  private final HeaderCondition[] headers;

  final String name;
  final @Nullable FaultPolicy fault;

  /** Not null if the route answers by itself. */
  final @Nullable Answer answer;

  /** The route's own edits to responses; for answers given before there is a destination. */
  final HeaderEdits responseHeaders;

  /** 0: none. */
  final long timeoutNanos;

  final @Nullable RetryRule retry;

  private final CompiledDestination[] destinations;
  private final long totalWeight;

  CompiledRoute(Route route) {
    path = route.match().path();
    anyPath = path instanceof StringMatch.Prefix prefix && prefix.value().equals("/");
    headers =
        route.match().headers().stream().map(HeaderCondition::of).toArray(HeaderCondition[]::new);
    name = route.name();
    fault = route.fault();
    responseHeaders = route.responseHeaders();
    if (route.action() instanceof Route.Forward forward) {
      answer = null;
      timeoutNanos = forward.timeout() == null ? 0 : Math.max(0, forward.timeout().toNanos());
      retry = RetryRule.of(forward.retry());
      destinations =
          forward.destinations().stream()
              .map(destination -> new CompiledDestination(route, destination))
              .toArray(CompiledDestination[]::new);
    } else {
      Route.Respond respond = (Route.Respond) route.action();
      answer =
          new Answer(
              respond.status(),
              responseHeaders.applyTo(respond.headers()),
              respond.body(),
              ResponseFlag.NONE);
      timeoutNanos = 0;
      retry = null;
      destinations = new CompiledDestination[0];
    }
    long sum = 0;
    for (CompiledDestination destination : destinations) {
      sum += destination.weight;
    }
    totalWeight = sum;
  }

  boolean readsPath() {
    return !anyPath;
  }

  /**
   * @param pathWithoutQuery the request's; may be null if this route doesn't read it
   */
  boolean matches(OutboundRequest request, @Nullable String pathWithoutQuery) {
    if (!anyPath && (pathWithoutQuery == null || !path.matches(pathWithoutQuery))) {
      return false;
    }
    for (HeaderCondition header : headers) {
      if (!header.holds(request)) {
        return false;
      }
    }
    return true;
  }

  /**
   * By weight.
   *
   * @return null if there are none, or none with a weight
   */
  @Nullable CompiledDestination choose(RandomGenerator random) {
    if (destinations.length == 1) {
      return destinations[0];
    }
    if (totalWeight <= 0) {
      return null;
    }
    long point = random.nextLong(totalWeight);
    for (CompiledDestination destination : destinations) {
      point -= destination.weight;
      if (point < 0) {
        return destination;
      }
    }
    throw new AssertionError("weights don't sum up");
  }

  /**
   * One of a route's destinations, with the edits of both: first its own, then the route's, from
   * the most specific level to the least, as Envoy's header manipulation has it.
   */
  static final class CompiledDestination {

    private static final int COMMON_ATTEMPTS = 4;

    final String cluster;
    final HeaderEdits responseHeaders;
    private final int weight;
    private final HeaderEdits requestHeaders;

    /** {@link #requestHeaders} with the attempt count, by attempt. */
    private final HeaderEdits[] byAttempt = new HeaderEdits[COMMON_ATTEMPTS];

    private CompiledDestination(Route route, Destination destination) {
      cluster = destination.cluster();
      weight = destination.weight();
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
