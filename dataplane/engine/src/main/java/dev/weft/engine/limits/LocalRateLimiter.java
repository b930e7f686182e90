package dev.weft.engine.limits;

import dev.weft.engine.Answer;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.model.RateLimit;
import dev.weft.engine.model.RateLimit.Entry;
import dev.weft.engine.model.RateLimit.LocalDescriptor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Envoy's local rate limit filter. Each descriptor of a request takes from the bucket of the one
 * that is configured alike, the slowest bucket first; the first that is empty refuses.
 */
final class LocalRateLimiter {

  private static final String LIMITED = "local_rate_limited";

  private static final Comparator<TokenBucket> SLOWEST_FIRST =
      Comparator.comparingDouble(TokenBucket::nanosPerToken).reversed();

  private final RateLimit.Local limit;
  private final LimitSurroundings surroundings;
  private final @Nullable TokenBucket bucket;
  private final Map<List<Entry>, TokenBucket> buckets = new HashMap<>();
  private final List<OpenDescriptor> open = new ArrayList<>();
  private final Answer answer;

  /** A configured descriptor of which some values are open. */
  private record OpenDescriptor(List<Entry> entries, DynamicBuckets buckets) {

    boolean fits(List<Entry> descriptor) {
      if (descriptor.size() != entries.size()) {
        return false;
      }
      for (int i = 0; i < entries.size(); i++) {
        Entry wanted = entries.get(i);
        Entry entry = descriptor.get(i);
        if (!entry.key().equals(wanted.key())
            || !(wanted.value().isEmpty() || entry.value().equals(wanted.value()))) {
          return false;
        }
      }
      return true;
    }
  }

  LocalRateLimiter(RateLimit.Local limit, LimitSurroundings surroundings) {
    this.limit = limit;
    this.surroundings = surroundings;
    long now = surroundings.timer().nanoTime();
    bucket = limit.bucket() == null ? null : new TokenBucket(limit.bucket(), now);
    for (LocalDescriptor descriptor : limit.descriptors()) {
      if (descriptor.entries().stream().anyMatch(entry -> entry.value().isEmpty())) {
        open.add(
            new OpenDescriptor(
                descriptor.entries(),
                new DynamicBuckets(descriptor.bucket(), limit.maxDynamicBuckets())));
      } else {
        buckets.putIfAbsent(descriptor.entries(), new TokenBucket(descriptor.bucket(), now));
      }
    }
    answer = Refusals.answer(limit.refusal(), LIMITED, HeaderEdits.NONE);
  }

  Decision decide(LimitedRequest request, Descriptors descriptors) {
    if (!limit.enabled().hits(surroundings.random().get())) {
      return Decision.Allowed.PLAIN;
    }
    long now = surroundings.timer().nanoTime();
    TokenBucket shown = null;
    TokenBucket empty = null;
    if (!limit.descriptors().isEmpty()) {
      List<TokenBucket> found = found(descriptors.of(request), now);
      shown = found.isEmpty() ? null : found.get(0);
      for (int i = 0; i < found.size() && empty == null; i++) {
        empty = found.get(i).take(now) ? null : found.get(i);
      }
    }
    if (empty == null && bucket != null && (shown == null || limit.alwaysTakes())) {
      empty = bucket.take(now) ? null : bucket;
      shown = shown == null ? bucket : shown;
    }
    return empty == null ? Decision.Allowed.with(shown(shown, now)) : limited(empty, now);
  }

  private List<TokenBucket> found(List<List<Entry>> descriptors, long now) {
    List<TokenBucket> found = new ArrayList<>(descriptors.size());
    for (List<Entry> descriptor : descriptors) {
      TokenBucket its = bucket(descriptor, now);
      if (its != null) {
        found.add(its);
      }
    }
    if (found.size() > 1) {
      found.sort(SLOWEST_FIRST);
    }
    return found;
  }

  private @Nullable TokenBucket bucket(List<Entry> descriptor, long now) {
    TokenBucket its = buckets.get(descriptor);
    if (its != null) {
      return its;
    }
    for (OpenDescriptor candidate : open) {
      if (candidate.fits(descriptor)) {
        return candidate.buckets.of(descriptor, now);
      }
    }
    return null;
  }

  private Decision limited(TokenBucket empty, long now) {
    HeaderEdits shown = shown(empty, now);
    if (!limit.enforced().hits(surroundings.random().get())) {
      return new Decision.Allowed(limit.markUnenforced(), shown, null);
    }
    return new Decision.Refused(
        shown.isEmpty() ? answer : Refusals.answer(limit.refusal(), LIMITED, shown), LIMITED);
  }

  /** Envoy's DRAFT_VERSION_03. */
  private HeaderEdits shown(@Nullable TokenBucket bucket, long now) {
    return bucket == null || !limit.showsLimit()
        ? HeaderEdits.NONE
        : Refusals.limitHeaders(
            Long.toString(bucket.maxTokens()), bucket.remaining(now), bucket.secondsToNext(now));
  }
}
