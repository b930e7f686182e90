package dev.weft.jwt;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * What is known of tokens seen lately. Bounded: there are two halves, and when the younger is full
 * it takes the place of the older, which is forgotten.
 */
final class RecentTokens<V> {

  /** Envoy's jwt_max_token_size: longer ones are not kept. */
  private static final int LONGEST = 4_096;

  private static final int HALF = 500;

  private volatile ConcurrentMap<String, V> young = new ConcurrentHashMap<>();
  private volatile ConcurrentMap<String, V> old = new ConcurrentHashMap<>();

  @Nullable V get(String token) {
    V known = young.get(token);
    if (known == null) {
      known = old.get(token);
      if (known != null) {
        put(token, known);
      }
    }
    return known;
  }

  void put(String token, V value) {
    if (token.length() > LONGEST) {
      return;
    }
    ConcurrentMap<String, V> half = young;
    half.put(token, value);
    if (half.size() > HALF) {
      // Two threads that do so at once forget more than they need to.
      old = half;
      young = new ConcurrentHashMap<>();
    }
  }

  int size() {
    return young.size() + old.size();
  }
}
