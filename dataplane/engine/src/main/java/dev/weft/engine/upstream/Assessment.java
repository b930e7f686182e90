package dev.weft.engine.upstream;

import dev.weft.engine.model.Cluster;
import dev.weft.engine.model.LoadBalancing.ClientSideWeighted;
import dev.weft.engine.model.OutlierDetection;
import dev.weft.engine.upstream.EndpointState.Standing;
import dev.weft.engine.upstream.PriorityLoad.Availability;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** Finds out what of a cluster can be picked at one moment, and for how long that holds. */
final class Assessment {

  private final Cluster cluster;
  private final ClusterState state;
  private final HostSet[] priorities;
  private final long now;
  private final Supplier<? extends RandomGenerator> random;

  /** As it was when it was looked at: it may change meanwhile. */
  private final Map<Target, Fitness> fitness = new HashMap<>();

  /** How long it holds, in ns. */
  private long holds = Long.MAX_VALUE;

  private boolean placed;

  Assessment(
      Cluster cluster,
      ClusterState state,
      HostSet[] priorities,
      long now,
      Supplier<? extends RandomGenerator> random) {
    this.cluster = cluster;
    this.state = state;
    this.priorities = priorities;
    this.now = now;
    this.random = random;
  }

  /**
   * @param without a bit for each priority that is left out
   */
  Candidates candidates(long without) {
    OutlierDetection detection = cluster.outlierDetection();
    if (detection != null && detection.judgesRates()) {
      holdsFor(state.outliers.intervalEnds(detection) - now);
    }
    // Before the endpoints are looked at: a change meanwhile is then noticed by the next pick.
    int version = state.outliers.version();
    Availability[] availability = new Availability[priorities.length];
    for (int i = 0; i < priorities.length; i++) {
      availability[i] = availability(priorities[i]);
    }
    PriorityLoad load =
        PriorityLoad.of(
            availability,
            without,
            cluster.assignment().overprovisioning(),
            cluster.loadBalancing().panicThreshold());
    Warming warming = new Warming(now, fitness);
    Pools pools =
        new Pools(
            cluster.loadBalancing(), cluster.assignment(), warming, now, this::position, random);
    Candidates.Builder found = new Candidates.Builder();
    add(Fitness.HEALTHY, load, pools, found);
    add(Fitness.DEGRADED, load, pools, found);
    holdsFor(warming.step());
    if (cluster.loadBalancing().policy() instanceof ClientSideWeighted byLoad) {
      holdsFor(byLoad.update().toNanos());
    }
    return found.build(version, holds != Long.MAX_VALUE, now + holds);
  }

  private void add(Fitness fit, PriorityLoad load, Pools pools, Candidates.Builder found) {
    for (int i = 0; i < priorities.length; i++) {
      int share = fit == Fitness.HEALTHY ? load.healthy(i) : load.degraded(i);
      if (share > 0) {
        boolean panic = load.panic(i);
        found.add(
            pools.pool(
                priorities[i],
                target -> panic || fitness.get(target) == fit,
                panic,
                i == 0 && fit == Fitness.HEALTHY),
            share);
      }
    }
  }

  private Availability availability(HostSet priority) {
    Availability availability = new Availability();
    priority
        .targets()
        .forEach(
            target -> {
              Standing standing = target.state.standing();
              if (standing.ejected()) {
                holdsFor(standing.until() - now);
              }
              Fitness fit = Fitness.of(cluster, target, standing);
              fitness.put(target, fit);
              availability.add(fit, cluster.assignment().weightedHealth() ? target.weight() : 1);
            });
    return availability;
  }

  private void holdsFor(long nanos) {
    holds = Math.min(holds, nanos);
  }

  /** One round robin goes on from where it was; should there be more, they begin anywhere. */
  private AtomicInteger position() {
    if (placed) {
      return new AtomicInteger(random.get().nextInt());
    }
    placed = true;
    return state.position;
  }
}
