package dev.weft.engine.limits;

import dev.weft.engine.model.RateLimit.Bucket;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Envoy's {@code AtomicTokenBucketImpl}: tokens come evenly, up to so many. All that changes is the
 * time at which the bucket would have been empty: to take a token is to put that off by the time in
 * which one comes.
 */
final class TokenBucket {

  /** Of a token: what calculating costs at most, so that one that has just come is there. */
  private static final double ROUNDING = 1e-6;

  private static final double NANOS_PER_SECOND = 1e9;

  private final long maxTokens;
  private final double nanosPerToken;
  private final double nanosToFill;
  private final long origin;

  /** Nanoseconds since {@link #origin}, as the bits of a double. */
  private final AtomicLong emptyAt;

  /**
   * @param now on {@link dev.weft.engine.spi.Timer#nanoTime}'s scale
   */
  TokenBucket(Bucket settings, long now) {
    maxTokens = settings.maxTokens();
    nanosPerToken = (double) settings.interval().toNanos() / settings.tokensPerFill();
    nanosToFill = maxTokens * nanosPerToken;
    origin = now;
    emptyAt = new AtomicLong(Double.doubleToRawLongBits(-nanosToFill));
  }

  /** Whether there was one. */
  boolean take(long now) {
    double at = now - origin;
    while (true) {
      long seen = emptyAt.get();
      double empty = Math.max(Double.longBitsToDouble(seen), at - nanosToFill);
      if (at - empty < nanosPerToken * (1 - ROUNDING)) {
        return false;
      }
      if (emptyAt.compareAndSet(seen, Double.doubleToRawLongBits(empty + nanosPerToken))) {
        return true;
      }
    }
  }

  long maxTokens() {
    return maxTokens;
  }

  /** Whole ones. */
  long remaining(long now) {
    double nanos = now - origin - Double.longBitsToDouble(emptyAt.get());
    return Math.max(0, Math.min(maxTokens, (long) (nanos / nanosPerToken + ROUNDING)));
  }

  /** Until there is one: as by Envoy the time for a whole one, in seconds, rounded up. */
  long secondsToNext(long now) {
    return remaining(now) > 0 ? 0 : (long) Math.ceil(nanosPerToken / NANOS_PER_SECOND);
  }

  /** The slower one's descriptor is asked first. */
  double nanosPerToken() {
    return nanosPerToken;
  }
}
