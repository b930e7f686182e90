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
 * @param requestHeaders edits after the destination's own, so that the route's win: Envoy applies
 *     the most specific level first (most_specific_header_mutations_wins is off by default)
 * @param responseHeaders as those of the request
 */
public record Route(
    String name,
    Match match,
    Action action,
    @Nullable FaultPolicy fault,
    HeaderEdits requestHeaders,
    HeaderEdits responseHeaders) {

  /**
   * Envoy's RouteMatch.
   *
   * @param path matched without the query; a Prefix of "/" matches all
   * @param headers all must match; method, authority and scheme are pseudo-headers
   */
  public record Match(StringMatch path, List<HeaderMatch> headers) {

    public Match {
      headers = List.copyOf(headers);
    }
  }

  /** What becomes of a matched request. */
  public sealed interface Action permits Forward, Respond {}

  /**
   * Send it to one of the destinations.
   *
   * @param timeout of the whole call, tries included (Envoy RouteAction.timeout); null: none
   * @param retry null: never
   */
  public record Forward(
      List<Destination> destinations, @Nullable Duration timeout, @Nullable RetryPolicy retry)
      implements Action {

    public Forward {
      destinations = List.copyOf(destinations);
    }
  }

  /** Answer at once (Envoy DirectResponseAction). */
  public record Respond(int status, List<Header> headers, String body) implements Action {

    public Respond {
      headers = List.copyOf(headers);
    }
  }

  /**
   * @param weight relative to the sum of the route's weights
   */
  public record Destination(
      String cluster, int weight, HeaderEdits requestHeaders, HeaderEdits responseHeaders) {}
}
