package dev.weft.engine.upstream;

import dev.weft.engine.HeaderSource;
import dev.weft.engine.model.Cluster;
import dev.weft.engine.model.LoadBalancing;
import dev.weft.engine.model.LoadBalancing.ClientSideWeighted;
import dev.weft.engine.model.OutlierDetection;
import dev.weft.engine.orca.LoadReport;
import dev.weft.engine.spi.Timer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
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

  /** Null: what endpoints report of their load doesn't matter. */
  private final @Nullable ClientSideWeighted weighted;

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
    weighted = policy instanceof ClientSideWeighted byLoad ? byLoad : null;
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

  /** A bit for the priority that an endpoint is of; 0 if it is of none any more. */
  public long priority(Target target) {
    for (int i = 0; i < priorities.length; i++) {
      if (priorities[i].targets().anyMatch(it -> it.endpoint().equals(target.endpoint()))) {
        return 1L << i;
      }
    }
    return 0;
  }

  /**
   * Whether any endpoint is fit for use, beside those of some priorities.
   *
   * @param without a bit for each
   */
  public boolean available(long without) {
    return candidates(without).any();
  }

  public @Nullable Target pick(@Nullable Predicate<Target> tried) {
    return pick(0, tried);
  }

  /**
   * @param tried endpoints to be avoided as long as there is another; null: none
   * @param hash of the request
   * @return null if no endpoint is healthy
   */
  public @Nullable Target pick(@Nullable Predicate<Target> tried, long hash) {
    return pick(0, tried, hash);
  }

  /**
   * As {@link #pick(long, Predicate, long)}, for a request of which no hash can be made: by chance,
   * where a hash would decide.
   */
  public @Nullable Target pick(long without, @Nullable Predicate<Target> tried) {
    Candidates among = candidates(without);
    long chance = hashes || among.several() ? random.get().nextLong() : 0;
    return pick(among, tried, chance);
  }

  /**
   * @param without a bit for each priority that is left out
   * @param tried endpoints to be avoided as long as there is another; null: none
   * @param hash of the request
   * @return null if no endpoint is healthy
   */
  public @Nullable Target pick(long without, @Nullable Predicate<Target> tried, long hash) {
    return pick(candidates(without), tried, hash);
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
      count(ClusterCounter.UPSTREAM_RQ_PENDING_OVERFLOW);
      return false;
    }
    count(ClusterCounter.UPSTREAM_RQ_TOTAL);
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
    boolean acquired = state.breaker.acquireRetry(cluster.circuitBreakers());
    count(acquired ? ClusterCounter.UPSTREAM_RQ_RETRY : ClusterCounter.UPSTREAM_RQ_RETRY_OVERFLOW);
    return acquired;
  }

  /** A retry is over, or the next one of the same request is thought of. */
  public void releaseRetry() {
    state.breaker.releaseRetry();
  }

  /** Counts what only the call knows; the rest is counted here. */
  public void count(ClusterCounter counter) {
    state.counters.count(counter);
  }

  /** How often since the cluster was first heard of. */
  public long counted(ClusterCounter counter) {
    return state.counters.get(counter);
  }

  /** Whether anything was ever sent to it, or it is checked. */
  public boolean isUsed() {
    return state.used || cluster.healthCheck() != null;
  }

  long activeRequests() {
    return states(target -> true).mapToLong(endpoint -> endpoint.activeRequests.get()).sum();
  }

  long members(Predicate<Fitness> fit) {
    return states(target -> fit.test(Fitness.of(cluster, target))).count();
  }

  boolean breaksRequests() {
    return state.breaker.breaksRequests(cluster.circuitBreakers());
  }

  boolean breaksRetries() {
    return state.breaker.breaksRetries(cluster.circuitBreakers());
  }

  long ejected() {
    state.outliers.releaseDue(timer.nanoTime());
    return state.outliers.ejected();
  }

  long checkedWell() {
    return states(target -> !target.state.failedHealthCheck).count();
  }

  /** Of endpoints, each address once. */
  private Stream<EndpointState> states(Predicate<Target> which) {
    return Arrays.stream(priorities)
        .flatMap(HostSet::targets)
        .filter(which)
        .map(target -> target.state)
        .distinct();
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

  /**
   * Reads what a response's head or trailers report of the endpoint's load.
   *
   * @return whether they do
   */
  public boolean reported(Target target, HeaderSource headers) {
    ClientSideWeighted policy = weighted;
    LoadReport report = policy == null ? null : LoadReport.in(headers);
    if (policy == null || report == null) {
      return false;
    }
    double weight = report.weight(policy);
    if (weight > 0) {
      target.state.reported.report(weight, timer.nanoTime(), policy);
    }
    return true;
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

  private Candidates candidates(long without) {
    Candidates all = candidates();
    return without == 0
        ? all
        : all.without(
            without,
            left ->
                new Assessment(cluster, state, priorities, timer.nanoTime(), random)
                    .candidates(left));
  }

  private Candidates assess(long now) {
    OutlierDetection detection = cluster.outlierDetection();
    if (detection != null) {
      state.outliers.judgeIfDue(detection, now);
    }
    state.outliers.releaseDue(now);
    return new Assessment(cluster, state, priorities, now, random).candidates(0);
  }

  @Override
  public String toString() {
    return cluster.name();
  }
}
