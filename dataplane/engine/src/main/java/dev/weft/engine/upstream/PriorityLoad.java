package dev.weft.engine.upstream;

/**
 * Which share of the load each priority gets, in percent, and which of them are in panic; as
 * Envoy's LoadBalancerBase computes it ("Priority levels", "Degraded endpoints" and "Panic
 * threshold" in its documentation), to the rounding.
 */
final class PriorityLoad {

  private static final int WHOLE = 100;

  private final int[] healthy;
  private final int[] degraded;
  private final boolean[] panic;

  private PriorityLoad(int priorities) {
    healthy = new int[priorities];
    degraded = new int[priorities];
    panic = new boolean[priorities];
  }

  /**
   * @param priorities from the highest to the lowest
   * @param without a bit for each that is to get none (Envoy: previous_priorities)
   * @param overprovisioning in percent
   * @param panicThreshold in percent; 0: no panic
   */
  static PriorityLoad of(
      Availability[] priorities, long without, int overprovisioning, int panicThreshold) {
    PriorityLoad load = new PriorityLoad(priorities.length);
    int[] health = new int[priorities.length];
    int[] degradedHealth = new int[priorities.length];
    long all = 0;
    long sum = 0;
    for (int i = 0; i < priorities.length; i++) {
      Availability at = priorities[i];
      int healthy = share(at.healthyWeight, at.weight, overprovisioning);
      int degraded = share(at.degradedWeight, at.weight, overprovisioning);
      all += healthy + degraded;
      if ((without >> i & 1) == 0) {
        health[i] = healthy;
        degradedHealth[i] = degraded;
        sum += healthy + degraded;
      }
    }
    int available = (int) Math.min(WHOLE, sum);
    if (available > 0) {
      load.distribute(health, degradedHealth, available);
    }
    load.panic(priorities, without != 0, (int) Math.min(WHOLE, all), panicThreshold);
    return load;
  }

  private static int share(long part, long whole, int overprovisioning) {
    return whole == 0 ? 0 : (int) Math.min(WHOLE, overprovisioning * part / whole);
  }

  private void distribute(int[] health, int[] degradedHealth, int available) {
    int left = fill(healthy, health, WHOLE, available);
    left = fill(degraded, degradedHealth, left, available);
    for (int i = 0; i < health.length && left > 0; i++) {
      if (health[i] > 0) {
        healthy[i] += left;
        left = 0;
      }
    }
    for (int i = 0; i < health.length && left > 0; i++) {
      if (degradedHealth[i] > 0) {
        degraded[i] += left;
        left = 0;
      }
    }
  }

  private static int fill(int[] load, int[] health, int left, int available) {
    for (int i = 0; i < load.length; i++) {
      load[i] = Math.min(left, health[i] * WHOLE / available);
      left -= load[i];
    }
    return left;
  }

  private void panic(Availability[] priorities, boolean some, int available, int threshold) {
    if (threshold <= 0) {
      return;
    }
    boolean total = true;
    for (int i = 0; i < priorities.length; i++) {
      panic[i] = available < WHOLE && priorities[i].below(threshold);
      total &= panic[i];
    }
    if (total && !some) {
      inTotalPanic(priorities);
    }
  }

  /** By the number of endpoints, whatever their health. */
  private void inTotalPanic(Availability[] priorities) {
    long hosts = 0;
    for (Availability priority : priorities) {
      hosts += priority.hosts;
    }
    int left = hosts == 0 ? 0 : WHOLE;
    int first = -1;
    for (int i = 0; i < priorities.length; i++) {
      healthy[i] = hosts == 0 ? 0 : (int) (WHOLE * (long) priorities[i].hosts / hosts);
      degraded[i] = 0;
      left -= healthy[i];
      first = first < 0 && priorities[i].hosts > 0 ? i : first;
    }
    if (first >= 0) {
      healthy[first] += left;
    }
  }

  /** The share of a priority's healthy endpoints; in panic, of all that it has. */
  int healthy(int priority) {
    return healthy[priority];
  }

  int degraded(int priority) {
    return degraded[priority];
  }

  boolean panic(int priority) {
    return panic[priority];
  }

  /** How much of a priority is fit for use. */
  static final class Availability {
    private int hosts;
    private int usableHosts;
    private long weight;
    private long healthyWeight;
    private long degradedWeight;

    /**
     * Counts an endpoint.
     *
     * @param by 1, or its weight
     */
    void add(Fitness fitness, int by) {
      hosts++;
      weight += by;
      switch (fitness) {
        case HEALTHY -> {
          usableHosts++;
          healthyWeight += by;
        }
        case DEGRADED -> {
          usableHosts++;
          degradedWeight += by;
        }
        case UNFIT -> {}
      }
    }

    private boolean below(int percent) {
      return hosts == 0 || 100.0 * usableHosts / hosts < percent;
    }
  }
}
