package dev.weft.engine.model;

import java.util.List;

/**
 * How a request comes to a descriptor (config.route.v3.RateLimit): each action adds an entry, and
 * if one can't, there is none.
 *
 * @param stage of the filters that it concerns, 0 to 10
 */
public record RateLimitRule(int stage, List<Action> actions) {

  public RateLimitRule {
    actions = List.copyOf(actions);
  }

  /** Makes one entry of a descriptor. */
  public sealed interface Action {

    /** The key of its entry. */
    String key();
  }

  /**
   * @param header lower-case, or a pseudo-header
   * @param skipIfAbsent whether its entry alone is left out then
   */
  public record HeaderValue(String header, String key, boolean skipIfAbsent) implements Action {}

  /**
   * @param skipIfAbsent whether its entry alone is left out then
   */
  public record QueryValue(String parameter, String key, boolean skipIfAbsent) implements Action {}

  /** The address of who sends it. */
  public record RemoteAddress() implements Action {

    @Override
    public String key() {
      return "remote_address";
    }
  }

  /** The cluster that it goes to. */
  public record DestinationCluster() implements Action {

    @Override
    public String key() {
      return "destination_cluster";
    }
  }

  /** Always the same. */
  public record Constant(String key, String value) implements Action {}

  /**
   * A constant for requests with such headers.
   *
   * @param expected whether the headers are to match, all of them, or not
   */
  public record HeadersMatch(String key, String value, boolean expected, List<HeaderMatch> headers)
      implements Action {

    public HeadersMatch {
      headers = List.copyOf(headers);
    }
  }

  /**
   * A constant for requests with such query parameters.
   *
   * @param expected whether the parameters are to match, all of them, or not
   */
  public record QueryMatches(
      String key, String value, boolean expected, List<QueryMatch> parameters) implements Action {

    public QueryMatches {
      parameters = List.copyOf(parameters);
    }
  }

  /** The SPIFFE ID that the caller has proved; without one there is no descriptor. */
  public record PeerIdentity(String key) implements Action {}
}
