package dev.weft.engine.outbound;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Values by prefix, as a radix tree: those of all prefixes of a text are met on one way down, in
 * time that depends on the text and not on how many prefixes there are.
 */
final class PrefixTree<V> {

  private final @Nullable V value;
  private final char[] firsts;
  private final String[] edges;
  private final List<PrefixTree<V>> children;

  private PrefixTree(List<Map.Entry<String, V>> sorted, int depth) {
    int at = 0;
    V own = null;
    if (!sorted.isEmpty() && sorted.get(0).getKey().length() == depth) {
      own = sorted.get(0).getValue();
      at = 1;
    }
    value = own;
    List<String> found = new ArrayList<>();
    children = new ArrayList<>();
    while (at < sorted.size()) {
      int end = at + 1;
      char first = sorted.get(at).getKey().charAt(depth);
      while (end < sorted.size() && sorted.get(end).getKey().charAt(depth) == first) {
        end++;
      }
      int edgeEnd = shared(sorted.get(at).getKey(), sorted.get(end - 1).getKey(), depth);
      found.add(sorted.get(at).getKey().substring(depth, edgeEnd));
      children.add(new PrefixTree<>(sorted.subList(at, end), edgeEnd));
      at = end;
    }
    edges = found.toArray(String[]::new);
    firsts = new char[edges.length];
    for (int i = 0; i < edges.length; i++) {
      firsts[i] = edges[i].charAt(0);
    }
  }

  static <V> PrefixTree<V> of(Map<String, V> byPrefix) {
    SortedMap<String, V> sorted = new TreeMap<>(byPrefix);
    return new PrefixTree<>(List.copyOf(sorted.entrySet()), 0);
  }

  /** Where two texts, the first and the last of a sorted group, begin to differ. */
  private static int shared(String first, String last, int from) {
    int at = from;
    int end = Math.min(first.length(), last.length());
    while (at < end && first.charAt(at) == last.charAt(at)) {
      at++;
    }
    return at;
  }

  /** What belongs to the prefix that leads here. */
  @Nullable V value() {
    return value;
  }

  /** How many characters of the text the way to {@code child} takes. */
  int edgeLength(int child) {
    return edges[child].length();
  }

  PrefixTree<V> child(int child) {
    return children.get(child);
  }

  /**
   * Which child the text leads to.
   *
   * @return -1 if to none
   */
  int next(String text, int at) {
    if (at >= text.length()) {
      return -1;
    }
    char wanted = text.charAt(at);
    int low = 0;
    int high = firsts.length - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (firsts[middle] == wanted) {
        return text.startsWith(edges[middle], at) ? middle : -1;
      }
      if (firsts[middle] < wanted) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -1;
  }
}
