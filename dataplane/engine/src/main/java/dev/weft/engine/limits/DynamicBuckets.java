package dev.weft.engine.limits;

import dev.weft.engine.model.RateLimit.Bucket;
import dev.weft.engine.model.RateLimit.Entry;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A bucket for each value that comes, for as long as it comes often enough. Two generations stand
 * in for a queue of who was used last, which would need a lock: when the young one is full, the old
 * one is forgotten. So the last {@code max} values are always remembered, and no more than twice as
 * many. One that was forgotten begins with a full bucket, as by Envoy.
 */
final class DynamicBuckets {

  private final Bucket settings;
  private final int max;
  private volatile Generations generations = new Generations(new Generation(), new Generation());

  DynamicBuckets(Bucket settings, int max) {
    this.settings = settings;
    this.max = Math.max(1, max);
  }

  TokenBucket of(List<Entry> values, long now) {
    Generations current = generations;
    TokenBucket bucket = current.young.buckets.get(values);
    return bucket == null ? young(current, values, now) : bucket;
  }

  private TokenBucket young(Generations current, List<Entry> values, long now) {
    @Nullable TokenBucket known = current.old.buckets.get(values);
    TokenBucket bucket = known == null ? new TokenBucket(settings, now) : known;
    TokenBucket before = current.young.buckets.putIfAbsent(values, bucket);
    if (before != null) {
      return before;
    }
    // One thread alone sees that number.
    if (current.young.size.incrementAndGet() == max) {
      generations = new Generations(new Generation(), current.young);
    }
    return bucket;
  }

  int size() {
    Generations current = generations;
    return current.young.buckets.size() + current.old.buckets.size();
  }

  private record Generations(Generation young, Generation old) {}

  private static final class Generation {
    final ConcurrentHashMap<List<Entry>, TokenBucket> buckets = new ConcurrentHashMap<>();
    final AtomicInteger size = new AtomicInteger();
  }
}
