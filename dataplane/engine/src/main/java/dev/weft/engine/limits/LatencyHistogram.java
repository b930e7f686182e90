package dev.weft.engine.limits;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * How often requests took how long, to within 1/16 of it, counted by many threads without a lock.
 * Each power of two of microseconds is divided into sixteen.
 */
final class LatencyHistogram {

  private static final int STEPS_BITS = 4;
  private static final int STEPS = 1 << STEPS_BITS;

  /** Of the longest time that is told apart: 2^36 µs are 19 hours. */
  private static final int MAX_BITS = 36;

  /** When it began, on {@link dev.weft.engine.spi.Timer#nanoTime}'s scale. */
  final long since;

  private final AtomicIntegerArray counts =
      new AtomicIntegerArray(STEPS * (MAX_BITS - STEPS_BITS + 1));
  private final AtomicInteger count = new AtomicInteger();

  LatencyHistogram(long since) {
    this.since = since;
  }

  void add(long micros) {
    counts.incrementAndGet(index(Math.max(0, Math.min(micros, (1L << MAX_BITS) - 1))));
    count.incrementAndGet();
  }

  int count() {
    return count.get();
  }

  /**
   * A time than which that share took no longer: the middle of its step, in microseconds, 1 at
   * least.
   *
   * @param share 0 to 1
   */
  long quantile(double share) {
    long wanted = Math.max(1, (long) Math.ceil(share * count.get()));
    long seen = 0;
    int last = 0;
    for (int i = 0; i < counts.length() && seen < wanted; i++) {
      int here = counts.get(i);
      seen += here;
      last = here > 0 ? i : last;
    }
    return Math.max(1, middle(last));
  }

  private static int index(long micros) {
    int bits = Long.SIZE - Long.numberOfLeadingZeros(micros);
    int shift = Math.max(0, bits - STEPS_BITS - 1);
    return (int) (shift * (long) STEPS + (micros >>> shift));
  }

  private static long middle(int index) {
    if (index < 2 * STEPS) {
      return index;
    }
    int shift = index / STEPS - 1;
    long from = (long) (index - shift * STEPS) << shift;
    return from + (1L << shift) / 2;
  }
}
