package dev.weft.engine.upstream;

import dev.weft.engine.model.LoadBalancing.ZoneAware;
import dev.weft.engine.model.LocalCluster;
import dev.weft.engine.upstream.HostSet.Locality;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Envoy's zone aware routing: which part of a workload's requests its own locality can take, if
 * every replica of the workload sends as much and every endpoint is to get as much; and to which
 * localities the rest goes, by what capacity those have left. In whole numbers, as Envoy counts.
 */
final class ZoneShares {

  /** Envoy's shares are of so many. */
  private static final int WHOLE = 10_000;

  /** The own locality among the cluster's; without meaning if nothing goes there. */
  private final int own;

  private final long toOwn;

  /** What is left to take, of each locality and all before it. */
  private final long[] residual;

  private ZoneShares(int own, long toOwn, long[] residual) {
    this.own = own;
    this.toOwn = toOwn;
    this.residual = residual;
  }

  /**
   * @param localities with their healthy endpoints
   * @return null where Envoy routes whatever the zone
   */
  static @Nullable ZoneShares of(
      ZoneAware settings, int panicThreshold, List<Locality> localities) {
    LocalCluster local = settings.local();
    long endpoints = localities.stream().mapToLong(it -> it.targets().size()).sum();
    long replicas = local.healthy().values().stream().mapToLong(Integer::intValue).sum();
    if (localities.size() < 2
        || local.healthy().size() < 2
        || !local.healthy().containsKey(local.locality())
        || endpoints < settings.minClusterSize()
        || 100.0 * replicas / local.all() < panicThreshold) {
      return null;
    }
    int own = -1;
    long toOwn = 0;
    long[] residual = new long[localities.size()];
    long sum = 0;
    for (int i = 0; i < residual.length; i++) {
      Locality locality = localities.get(i);
      boolean empty = locality.targets().isEmpty();
      long callers =
          empty || replicas == 0
              ? 0
              : (long) WHOLE * local.healthy().getOrDefault(locality.name(), 0) / replicas;
      long capacity = endpoints == 0 ? 0 : WHOLE * (long) locality.targets().size() / endpoints;
      if (locality.name().equals(local.locality())) {
        own = i;
        if (capacity > 0 && capacity >= callers) {
          toOwn = WHOLE;
        } else {
          toOwn = callers == 0 ? 0 : capacity * WHOLE / callers;
        }
      } else {
        sum += Math.max(0, capacity - callers);
      }
      residual[i] = sum;
    }
    return new ZoneShares(own, toOwn, residual);
  }

  /** Of {@link #WHOLE}: how many requests stay. */
  long toOwn() {
    return toOwn;
  }

  /** Which of the cluster's localities is next. */
  int locality(RandomGenerator random) {
    if (toOwn >= WHOLE || (toOwn > 0 && random.nextInt(WHOLE) < toOwn)) {
      return own;
    }
    long all = residual[residual.length - 1];
    if (all == 0) {
      // By rounding alone.
      return random.nextInt(residual.length);
    }
    long point = random.nextLong(all);
    int i = 0;
    while (point >= residual[i]) {
      i++;
    }
    return i;
  }
}
