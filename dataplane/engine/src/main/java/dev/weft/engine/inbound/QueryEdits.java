package dev.weft.engine.inbound;

import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Changes to a request's query, applied in the order remove, set.
 *
 * @param remove names of parameters, as they are written or decoded
 * @param set values by name, as they are to be written; each replaces all of its name
 */
public record QueryEdits(Set<String> remove, Map<String, String> set) {

  public static final QueryEdits NONE = new QueryEdits(Set.of(), Map.of());

  public boolean isEmpty() {
    return remove.isEmpty() && set.isEmpty();
  }

  /** One set of edits that does what these do and then, on top of them, what {@code next} does. */
  QueryEdits then(QueryEdits next) {
    if (next.isEmpty()) {
      return this;
    }
    if (isEmpty()) {
      return next;
    }
    Set<String> removed = new HashSet<>(remove);
    removed.addAll(next.remove);
    Map<String, String> left = new LinkedHashMap<>(set);
    left.keySet().removeAll(next.remove);
    left.putAll(next.set);
    return new QueryEdits(removed, left);
  }

  /**
   * @param query without question mark; empty if there is none
   */
  String applyTo(String query) {
    Stream<String> kept =
        query.isEmpty()
            ? Stream.empty()
            : Arrays.stream(query.split("&", -1)).filter(pair -> !touches(pair));
    return Stream.concat(kept, set.entrySet().stream().map(it -> it.getKey() + '=' + it.getValue()))
        .collect(Collectors.joining("&"));
  }

  private boolean touches(String pair) {
    int equals = pair.indexOf('=');
    String name = equals < 0 ? pair : pair.substring(0, equals);
    String decoded = QueryDecoding.decoded(name);
    return remove.contains(name)
        || remove.contains(decoded)
        || set.containsKey(name)
        || set.containsKey(decoded);
  }
}
