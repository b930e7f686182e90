package dev.weft.engine.upstream;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/** What can be picked, by shares of the load, as long as the version is the cluster's. */
final class Candidates {

  private static final int WHOLE = 100;

  final int version;

  /** They change with time, too. */
  final boolean timed;

  /** When, if they do; in ns. */
  final long until;

  private final Pool[] pools;
  private final int[] upTo;
  private final Map<Long, Candidates> without = new ConcurrentHashMap<>(2);

  private Candidates(int version, boolean timed, long until, Pool[] pools, int[] upTo) {
    this.version = version;
    this.timed = timed;
    this.until = until;
    this.pools = pools;
    this.upTo = upTo;
  }

  boolean any() {
    return pools.length > 0;
  }

  /** The same without some priorities; made once for as long as these hold. */
  Candidates without(long priorities, LongFunction<Candidates> making) {
    return without.computeIfAbsent(priorities, making::apply);
  }

  /** Whether there is more than one pool, so that chance or a hash must decide. */
  boolean several() {
    return pools.length > 1;
  }

  /**
   * @param hash any number, by which one of several pools is chosen, as by Envoy
   * @return null if there is none
   */
  @Nullable Pool pool(long hash) {
    if (pools.length <= 1) {
      return pools.length == 0 ? null : pools[0];
    }
    int point = (int) Long.remainderUnsigned(hash, WHOLE) + 1;
    for (int i = 0; i < pools.length; i++) {
      if (point <= upTo[i]) {
        return pools[i];
      }
    }
    return pools[pools.length - 1];
  }

  /** Puts them together, the first pool first. */
  static final class Builder {
    private final List<Pool> pools = new ArrayList<>();
    private final List<Integer> shares = new ArrayList<>();

    /**
     * @param pool null: the load goes to the others
     * @param share in percent
     */
    void add(@Nullable Pool pool, int share) {
      if (pool != null && share > 0) {
        pools.add(pool);
        shares.add(share);
      }
    }

    Candidates build(int version, boolean timed, long until) {
      int[] upTo = new int[shares.size()];
      int sum = 0;
      for (int i = 0; i < upTo.length; i++) {
        sum += shares.get(i);
        upTo[i] = sum;
      }
      return new Candidates(version, timed, until, pools.toArray(Pool[]::new), upTo);
    }
  }
}
