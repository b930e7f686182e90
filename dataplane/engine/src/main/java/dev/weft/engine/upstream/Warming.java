package dev.weft.engine.upstream;

import dev.weft.engine.model.LoadBalancing.SlowStart;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Envoy's slow start: what endpoints weigh at one moment, and until when that is near enough. */
final class Warming {

  /** The window is walked through in so many steps. */
  private static final int STEPS = 100;

  private static final long SHORTEST_STEP = Duration.ofMillis(1).toNanos();

  private final long now;
  private final Map<Target, Fitness> fitness;
  private long step = Long.MAX_VALUE;

  Warming(long now, Map<Target, Fitness> fitness) {
    this.now = now;
    this.fitness = fitness;
  }

  /** How long the weights that were given hold, in ns. */
  long step() {
    return step;
  }

  /**
   * @param slowStart null: everybody weighs what it weighs
   */
  double[] weights(Target[] targets, @Nullable SlowStart slowStart) {
    return Arrays.stream(targets)
        .mapToDouble(
            target ->
                slowStart == null ? target.weight() : target.weight() * part(target, slowStart))
        .toArray();
  }

  private double part(Target target, SlowStart slowStart) {
    long window = slowStart.window().toNanos();
    long age = now - target.state.since();
    if (age >= window || fitness.get(target) != Fitness.HEALTHY) {
      return 1;
    }
    step = Math.min(step, Math.max(SHORTEST_STEP, window / STEPS));
    double time = (double) Math.max(SHORTEST_STEP, age) / window;
    double factor = slowStart.aggression() == 1 ? time : Math.pow(time, 1 / slowStart.aggression());
    return Math.max(factor, slowStart.minimumPercent() / 100);
  }
}
