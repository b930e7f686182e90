package dev.weft.engine.upstream;

import dev.weft.engine.model.Cluster;
import dev.weft.engine.model.Cluster.OutlierDetection;
import dev.weft.engine.spi.Timer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One cluster of one snapshot, bound to the state that all snapshots share. Draining endpoints, and
 * where mesh TLS is required those that don't speak it, are never picked; ejected ones not before
 * their time is over. There is no panic mode: Istio sets {@code healthy_panic_threshold} to 0.
 */
public final class Upstream {

  private static final int BALANCED_TRIES = 3;

  private final Cluster cluster;
  private final ClusterState state;
  private final Target[] usable;
  private final Timer timer;
  private final Supplier<? extends RandomGenerator> random;

  private volatile Healthy healthy;

  Upstream(
      Cluster cluster,
      ClusterState state,
      Target[] usable,
      Timer timer,
      Supplier<? extends RandomGenerator> random) {
    this.cluster = cluster;
    this.state = state;
    this.usable = usable;
    this.timer = timer;
    this.random = random;
    healthy = assess(timer.nanoTime());
  }

  public Cluster cluster() {
    return cluster;
  }

  /**
   * @param tried endpoints to be avoided as long as there is another; null: none
   * @return null if no endpoint is healthy
   */
  public @Nullable Target pick(@Nullable Predicate<Target> tried) {
    Healthy candidates = healthy;
    if (candidates.version != state.version()
        || (candidates.someReturn && timer.nanoTime() - candidates.firstReturn >= 0)) {
      candidates = assess(timer.nanoTime());
      healthy = candidates;
    }
    LoadBalancer balancer = candidates.balancer;
    if (balancer == null) {
      return null;
    }
    Target picked = balancer.pick();
    if (tried == null) {
      return picked;
    }
    for (int i = 1; i < BALANCED_TRIES && tried.test(picked); i++) {
      picked = balancer.pick();
    }
    return tried.test(picked) ? another(candidates.targets, tried, picked) : picked;
  }

  private Target another(Target[] targets, Predicate<Target> tried, Target otherwise) {
    int start = random.get().nextInt(targets.length);
    for (int i = 0; i < targets.length; i++) {
      Target target = targets[(start + i) % targets.length];
      if (!tried.test(target)) {
        return target;
      }
    }
    return otherwise;
  }

  /**
   * Counts a request that is about to be sent, unless the cluster has as many as its circuit
   * breaker admits.
   */
  public boolean acquire(Target target) {
    if (limited()) {
      int active;
      do {
        active = state.limitedRequests.get();
        if (active >= cluster.maxRequests()) {
          return false;
        }
      } while (!state.limitedRequests.compareAndSet(active, active + 1));
    }
    target.state.activeRequests.incrementAndGet();
    return true;
  }

  /** A request that was {@link #acquire acquired} from this very instance is over. */
  public void release(Target target) {
    if (limited()) {
      state.limitedRequests.decrementAndGet();
    }
    target.state.activeRequests.decrementAndGet();
  }

  private boolean limited() {
    return cluster.maxRequests() != Integer.MAX_VALUE;
  }

  /**
   * Tells outlier detection how a request went.
   *
   * @param status the response's, or the one that Envoy answers in place of none
   */
  public void report(Target target, int status) {
    OutlierDetection detection = cluster.outlierDetection();
    if (detection != null && detection.consecutive5xx() > 0) {
      state.report(target.state, status, detection, timer);
    }
  }

  private Healthy assess(long now) {
    state.releaseDue(now);
    // Before the endpoints are looked at: a change meanwhile is then noticed by the next pick.
    int version = state.version();
    List<Target> in = new ArrayList<>(usable.length);
    boolean someReturn = false;
    long firstReturn = 0;
    for (Target target : usable) {
      EndpointState.Standing standing = target.state.standing();
      if (!standing.ejected()) {
        in.add(target);
      } else if (!someReturn || standing.until() - firstReturn < 0) {
        someReturn = true;
        firstReturn = standing.until();
      }
    }
    Target[] targets = in.toArray(Target[]::new);
    LoadBalancer balancer =
        targets.length == 0
            ? null
            : LoadBalancer.of(cluster.loadBalancing(), targets, state.position, random);
    return new Healthy(version, targets, balancer, someReturn, firstReturn);
  }

  @Override
  public String toString() {
    return cluster.name();
  }

  /** The endpoints that can be picked as long as the version is the cluster's. */
  private static final class Healthy {
    final int version;
    final Target[] targets;
    final @Nullable LoadBalancer balancer;
    final boolean someReturn;
    final long firstReturn;

    Healthy(
        int version,
        Target[] targets,
        @Nullable LoadBalancer balancer,
        boolean someReturn,
        long firstReturn) {
      this.version = version;
      this.targets = targets;
      this.balancer = balancer;
      this.someReturn = someReturn;
      this.firstReturn = firstReturn;
    }
  }
}
