package dev.weft.engine.model;

import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One route of a virtual host.
 *
 * @param name for logs and metrics; may be empty
 * @param fault null: none
 * @param cors null: requests of other origins are like any others
 * @param requestHeaders edits after the destination's own, so that the route's win: Envoy applies
 *     the most specific level first (most_specific_header_mutations_wins is off by default)
 * @param responseHeaders as those of the request
 * @param rateLimits the descriptors of its requests (RouteAction.rate_limits and
 *     VirtualHost.rate_limits)
 */
public record Route(
    String name,
    Match match,
    Action action,
    @Nullable FaultPolicy fault,
    @Nullable CorsPolicy cors,
    HeaderEdits requestHeaders,
    HeaderEdits responseHeaders,
    List<RateLimitRule> rateLimits) {

  public Route {
    rateLimits = List.copyOf(rateLimits);
  }

  /** Without descriptors. */
  public Route(
      String name,
      Match match,
      Action action,
      @Nullable FaultPolicy fault,
      @Nullable CorsPolicy cors,
      HeaderEdits requestHeaders,
      HeaderEdits responseHeaders) {
    this(name, match, action, fault, cors, requestHeaders, responseHeaders, List.of());
  }

  /**
   * Envoy's RouteMatch.
   *
   * @param path matched without the query; a Prefix of "/" matches all
   * @param headers all must match; method, authority and scheme are pseudo-headers
   * @param query all must match
   */
  public record Match(StringMatch path, List<HeaderMatch> headers, List<QueryMatch> query) {

    public Match {
      headers = List.copyOf(headers);
      query = List.copyOf(query);
    }
  }

  /** What becomes of a matched request. */
  public sealed interface Action permits Forward, Redirect, Respond {}

  /**
   * Send it to one of the destinations.
   *
   * @param rewrite what is asked for instead
   * @param timeouts of the whole call
   * @param retry null: never
   * @param mirrors each by itself
   * @param hash of the request, for clusters that choose endpoints by hash
   */
  public record Forward(
      List<Destination> destinations,
      Rewrite rewrite,
      Timeouts timeouts,
      @Nullable RetryPolicy retry,
      List<Mirror> mirrors,
      List<HashPolicy> hash)
      implements Action {

    public Forward {
      destinations = List.copyOf(destinations);
      mirrors = List.copyOf(mirrors);
      hash = List.copyOf(hash);
    }

    public Forward(
        List<Destination> destinations,
        Rewrite rewrite,
        Timeouts timeouts,
        @Nullable RetryPolicy retry,
        List<Mirror> mirrors) {
      this(destinations, rewrite, timeouts, retry, mirrors, List.of());
    }
  }

  /**
   * @param path null: unchanged
   * @param authority Envoy's {@code host_rewrite_literal}; empty: unchanged
   */
  public record Rewrite(@Nullable PathRewrite path, String authority) {

    public static final Rewrite NONE = new Rewrite(null, "");
  }

  /**
   * @param total tries included (Envoy RouteAction.timeout); null: none
   * @param maxGrpc if set, a gRPC request's own {@code grpc-timeout} holds instead, but no longer
   *     than this; zero: however long (Envoy RouteAction.max_grpc_timeout)
   */
  public record Timeouts(@Nullable Duration total, @Nullable Duration maxGrpc) {

    public static final Timeouts NONE = new Timeouts(null, null);
  }

  /**
   * Tell the caller to go elsewhere (Envoy RedirectAction).
   *
   * @param status 301, 302, 303, 307 or 308
   * @param scheme empty: the request's
   * @param host empty: the request's
   * @param port 0: the request's, unless it is the default one of a scheme that was changed
   * @param path instead of the request's, query included if it has one; empty: the request's
   * @param rewrite of the request's path, if {@code path} is empty; null: none
   * @param stripQuery of the request
   */
  public record Redirect(
      int status,
      String scheme,
      String host,
      int port,
      String path,
      @Nullable PathRewrite rewrite,
      boolean stripQuery)
      implements Action {}

  /** Answer at once (Envoy DirectResponseAction). */
  public record Respond(int status, List<Header> headers, String body) implements Action {

    public Respond {
      headers = List.copyOf(headers);
    }
  }

  /**
   * @param weight relative to the sum of the route's weights
   * @param authority Envoy's {@code host_rewrite_literal}; empty: the route's
   * @param fallback the cluster used instead while this one has no healthy endpoint or its circuit
   *     breaker is open; empty: none
   */
  public record Destination(
      String cluster,
      int weight,
      String authority,
      HeaderEdits requestHeaders,
      HeaderEdits responseHeaders,
      String fallback) {

    /** Without a fallback. */
    public Destination(
        String cluster,
        int weight,
        String authority,
        HeaderEdits requestHeaders,
        HeaderEdits responseHeaders) {
      this(cluster, weight, authority, requestHeaders, responseHeaders, "");
    }
  }
}
