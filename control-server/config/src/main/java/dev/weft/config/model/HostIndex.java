package dev.weft.config.model;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Finds things by host: exact names by a look-up, and then wildcards, the most specific first. */
final class HostIndex<T> {

  private final Map<String, List<T>> exact = new HashMap<>();
  private final Map<String, List<T>> wildcards = new HashMap<>();
  private final List<String> patterns = new ArrayList<>();

  /** Adds something under a full host name or a wildcard; what comes first is found first. */
  void add(String host, T value) {
    if (!Hosts.isWildcard(host)) {
      exact.computeIfAbsent(host, key -> new ArrayList<>()).add(value);
      return;
    }
    if (!wildcards.containsKey(host)) {
      patterns.add(host);
      patterns.sort(Comparator.comparingInt(String::length).reversed());
    }
    wildcards.computeIfAbsent(host, key -> new ArrayList<>()).add(value);
  }

  /** Everything under the most specific name that covers {@code host} and has something wanted. */
  List<T> find(String host, Predicate<T> wanted) {
    List<T> found = matching(exact.get(host), wanted);
    for (int i = 0; found.isEmpty() && i < patterns.size(); i++) {
      String pattern = patterns.get(i);
      if (Hosts.covers(pattern, host)) {
        found = matching(wildcards.get(pattern), wanted);
      }
    }
    return found;
  }

  private List<T> matching(@Nullable List<T> candidates, Predicate<T> wanted) {
    return candidates == null ? List.of() : candidates.stream().filter(wanted).toList();
  }
}
