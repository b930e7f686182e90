package dev.weft.engine.model;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What of a request is hashed, for clusters that choose endpoints by hash: Envoy's
 * RouteAction.HashPolicy. A terminal one ends the list if there is a hash by then.
 */
public sealed interface HashPolicy {

  boolean terminal();

  /**
   * A header's values.
   *
   * @param name lower-case
   */
  record Header(String name, boolean terminal) implements HashPolicy {}

  /**
   * A cookie's value.
   *
   * @param ttl of one that is made and sent back where the request has none, in whole seconds; 0:
   *     for the session; null: none is made
   * @param path of one that is made; may be empty
   * @param attributes of one that is made; an empty value stands for none
   */
  record Cookie(
      String name,
      @Nullable Duration ttl,
      String path,
      List<dev.weft.engine.Header> attributes,
      boolean terminal)
      implements HashPolicy {

    public Cookie {
      attributes = List.copyOf(attributes);
    }
  }

  /** The client's address; in a workload itself, its own. */
  record SourceIp(boolean terminal) implements HashPolicy {}

  /** The first value of a parameter of the query. */
  record QueryParameter(String name, boolean terminal) implements HashPolicy {}
}
