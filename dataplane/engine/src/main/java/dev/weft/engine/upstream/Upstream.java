package dev.weft.engine.upstream;

import dev.weft.engine.model.Cluster;
import dev.weft.engine.model.LoadBalancing;
import dev.weft.engine.model.OutlierDetection;
import dev.weft.engine.spi.Timer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One cluster of one snapshot, bound to the state that all snapshots share. Draining endpoints, and
 * where mesh TLS is required those that don't speak it, are never picked nor counted; unhealthy and
 * ejected ones in panic only.
 */
public final class Upstream {

  private static final int BALANCED_TRIES = 3;

  /** Envoy's and Istio's host_selection_retry_max_attempts, and the first. */
  private static final int HASHED_TRIES = 6;

  private final Cluster cluster;
  private final ClusterState state;
  private final HostSet[] priorities;
  private final Timer timer;
  private final Supplier<? extends RandomGenerator> random;
  private final boolean hashes;

  private volatile Candidates candidates;
  private final AtomicBoolean assessing = new AtomicBoolean();

  Upstream(
      Cluster cluster,
      ClusterState state,
      HostSet[] priorities,
      Timer timer,
      Supplier<? extends RandomGenerator> random) {
    this.cluster = cluster;
    this.state = state;
    this.priorities = priorities;
    this.timer = timer;
    this.random = random;
    LoadBalancing.Policy policy = cluster.loadBalancing().policy();
    hashes = policy instanceof LoadBalancing.RingHash || policy instanceof LoadBalancing.Maglev;
    candidates = assess(timer.nanoTime());
  }

  public Cluster cluster() {
    return cluster;
  }

  /** The answers that were kept, if they are to be. */
  public AnswerStore answers() {
    return state.answers;
  }

  /** Whether it picks by a hash of the request. */
  public boolean hashes() {
    return hashes;
  }

  /**
   * As {@link #pick(Predicate, long)}, for a request of which no hash can be made: by chance, where
   * a hash would decide.
   */
  public @Nullable Target pick(@Nullable Predicate<Target> tried) {
    Candidates among = candidates();
    long chance = hashes || among.several() ? random.get().nextLong() : 0;
    return pick(among, tried, chance);
  }

  /**
   * @param tried endpoints to be avoided as long as there is another; null: none
   * @param hash of the request
   * @return null if no endpoint is healthy
   */
  public @Nullable Target pick(@Nullable Predicate<Target> tried, long hash) {
    return pick(candidates(), tried, hash);
  }

  private @Nullable Target pick(Candidates among, @Nullable Predicate<Target> tried, long hash) {
    Pool pool = among.pool(hash);
    if (pool == null) {
      return null;
    }
    Target picked = pool.balancer.pick(hash, 0);
    if (tried == null) {
      return picked;
    }
    int tries = hashes ? HASHED_TRIES : BALANCED_TRIES;
    for (int i = 1; i < tries && tried.test(picked); i++) {
      picked = pool.balancer.pick(hash, i);
    }
    return tried.test(picked) ? another(pool.targets, tried, picked) : picked;
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
    if (!state.breaker.acquireRequest(cluster.circuitBreakers())) {
      return false;
    }
    target.state.activeRequests.incrementAndGet();
    if (!state.used) {
      state.used = true;
    }
    return true;
  }

  /** A request that was {@link #acquire acquired} from this very instance is over. */
  public void release(Target target) {
    state.breaker.releaseRequest(cluster.circuitBreakers());
    target.state.activeRequests.decrementAndGet();
  }

  /**
   * Counts a retry that is about to be waited for, unless the cluster has as many as its circuit
   * breaker or its budget admits.
   */
  public boolean acquireRetry() {
    return state.breaker.acquireRetry(cluster.circuitBreakers());
  }

  /** A retry is over, or the next one of the same request is thought of. */
  public void releaseRetry() {
    state.breaker.releaseRetry();
  }

  /** Tells outlier detection of a response. */
  public void responded(Target target, int status) {
    OutlierDetection detection = cluster.outlierDetection();
    if (detection != null) {
      state.outliers.connected(target.state, detection, timer);
      state.outliers.responded(target.state, status, detection, timer);
    }
  }

  /**
   * Tells outlier detection that there was no response, or no whole one.
   *
   * @param status the one that Envoy answers in its place
   */
  public void failed(Target target, int status) {
    OutlierDetection detection = cluster.outlierDetection();
    if (detection != null) {
      state.outliers.failed(target.state, status, detection, timer);
    }
  }

  /** Rings and tables take a while to make: one thread does, others go by what there was. */
  private Candidates candidates() {
    Candidates known = candidates;
    boolean stale =
        known.version != state.outliers.version()
            || (known.timed && timer.nanoTime() - known.until >= 0);
    if (!stale || !assessing.compareAndSet(false, true)) {
      return known;
    }
    try {
      Candidates now = assess(timer.nanoTime());
      candidates = now;
      return now;
    } finally {
      assessing.set(false);
    }
  }

  private Candidates assess(long now) {
    OutlierDetection detection = cluster.outlierDetection();
    if (detection != null) {
      state.outliers.judgeIfDue(detection, now);
    }
    state.outliers.releaseDue(now);
    return new Assessment(cluster, state, priorities, now, random).candidates();
  }

  @Override
  public String toString() {
    return cluster.name();
  }
}
