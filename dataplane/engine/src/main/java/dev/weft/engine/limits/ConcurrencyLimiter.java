package dev.weft.engine.limits;

import dev.weft.engine.Answer;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.model.AdaptiveConcurrency;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Envoy's adaptive concurrency filter: as many requests at once as its controller thinks good. */
final class ConcurrencyLimiter {

  private final LimitSurroundings surroundings;
  private final GradientController controller;
  private final AtomicInteger active = new AtomicInteger();
  private final Decision refusal;

  ConcurrencyLimiter(AdaptiveConcurrency settings, LimitSurroundings surroundings) {
    this.surroundings = surroundings;
    controller =
        new GradientController(settings, surroundings.random(), surroundings.timer().nanoTime());
    refusal =
        new Decision.Refused(
            new Answer(
                settings.status(), Refusals.TEXT, "reached concurrency limit", ResponseFlag.NONE),
            "reached_concurrency_limit");
  }

  Decision decide() {
    long now = surroundings.timer().nanoTime();
    int limit = controller.limit(now);
    for (int others = active.get(); others < limit; others = active.get()) {
      if (active.compareAndSet(others, others + 1)) {
        return new Decision.Allowed(
            HeaderEdits.NONE, HeaderEdits.NONE, completed -> over(now, completed));
      }
    }
    return refusal;
  }

  /** What was broken off says nothing about time. */
  private void over(long began, boolean completed) {
    active.decrementAndGet();
    if (completed) {
      long now = surroundings.timer().nanoTime();
      controller.sample(began, TimeUnit.NANOSECONDS.toMicros(now - began), now);
    }
  }
}
