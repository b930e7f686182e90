package dev.weft.engine.upstream;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLongArray;

/** How many requests ended within an interval, to a tenth of it. */
final class RecentRequests {

  private static final int SLOTS = 10;

  final Duration interval;
  private final long slotNanos;

  private final long origin;

  /** Of each tenth which one it is (upper half), and how many ended in it. */
  private final AtomicLongArray slots = new AtomicLongArray(SLOTS);

  RecentRequests(Duration interval, long now) {
    this.interval = interval;
    origin = now;
    slotNanos = Math.max(1, interval.toNanos() / SLOTS);
  }

  void ended(long now) {
    int tenth = tenth(now);
    slots.updateAndGet(
        Math.floorMod(tenth, SLOTS), slot -> of(slot) == tenth ? slot + 1 : begun(tenth) + 1);
  }

  int count(long now) {
    int tenth = tenth(now);
    int count = 0;
    for (int i = 0; i < SLOTS; i++) {
      long slot = slots.get(i);
      int age = tenth - of(slot);
      if (age >= 0 && age < SLOTS) {
        count += (int) slot;
      }
    }
    return count;
  }

  private int tenth(long now) {
    return (int) ((now - origin) / slotNanos);
  }

  private static int of(long slot) {
    return (int) (slot >> Integer.SIZE);
  }

  private static long begun(int tenth) {
    return (long) tenth << Integer.SIZE;
  }
}
