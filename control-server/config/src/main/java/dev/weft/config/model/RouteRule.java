package dev.weft.config.model;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One routing rule.
 *
 * @param name as metrics and traces show it
 * @param matches any of them must match; empty: every request does
 * @param timeout of the whole exchange, retries included; null: none
 * @param retries null: the mesh's default
 */
public record RouteRule(
    String name,
    List<RouteMatch> matches,
    List<WeightedDestination> destinations,
    @Nullable Duration timeout,
    @Nullable RetryPolicy retries,
    @Nullable Fault fault,
    HeaderEdits requestHeaders,
    HeaderEdits responseHeaders) {

  public RouteRule {
    matches = List.copyOf(matches);
    destinations = List.copyOf(destinations);
  }
}
