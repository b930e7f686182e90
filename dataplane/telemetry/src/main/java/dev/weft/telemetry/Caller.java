package dev.weft.telemetry;

import dev.weft.engine.ResponseFlag;
import dev.weft.telemetry.MetricOverrides.Dimensions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * A source of inbound requests, as far as it is believed, and what was counted of it. Room for
 * series is not its own but its identity's, which has room for so many whatever it claims.
 */
final class Caller {

  private static final long IDLE_NANOS = TimeUnit.HOURS.toNanos(1);

  /** All threads of a server would otherwise write to the same place with every request. */
  private static final long GRAIN_NANOS = TimeUnit.MINUTES.toNanos(1);

  /** SPIFFE ID; null: it proved none. */
  final @Nullable String principal;

  final Peer peer;

  /** By which a request is counted that there is no room for here. */
  final @Nullable Caller lessKnown;

  private final AtomicInteger identitysSeries;
  private final int mostSeries;
  private final ConcurrentMap<Outcome, Series> series = new ConcurrentHashMap<>();
  private volatile long lastUsed;
  private boolean forgotten;

  /**
   * @param mostSeries no further one if its identity has as many
   */
  Caller(@Nullable String principal, Peer peer, int mostSeries, long now) {
    this(principal, peer, null, new AtomicInteger(), mostSeries, now);
  }

  private Caller(
      @Nullable String principal,
      Peer peer,
      @Nullable Caller lessKnown,
      AtomicInteger identitysSeries,
      int mostSeries,
      long now) {
    this.principal = principal;
    this.peer = peer;
    this.lessKnown = lessKnown;
    this.identitysSeries = identitysSeries;
    this.mostSeries = mostSeries;
    lastUsed = now;
  }

  /** The same identity, and more that it says of itself. */
  Caller claiming(Peer claimed, int mostSeries, long now) {
    return new Caller(principal, claimed, this, identitysSeries, mostSeries, now);
  }

  /**
   * @param now nanoseconds
   */
  void used(long now) {
    if (now - lastUsed > GRAIN_NANOS) {
      lastUsed = now;
    }
  }

  /** Whether nothing came from it for an hour. */
  boolean idle(long now) {
    return now - lastUsed > IDLE_NANOS;
  }

  @Nullable Series series(Outcome outcome) {
    return series.get(outcome);
  }

  boolean hasRoom() {
    return identitysSeries.get() < mostSeries;
  }

  /**
   * @return null if there is no room, or it was forgotten
   */
  synchronized @Nullable Series add(Outcome outcome, BiFunction<Caller, Outcome, Series> maker) {
    Series made = series.get(outcome);
    if (made == null && !forgotten && hasRoom()) {
      made = maker.apply(this, outcome);
      series.put(outcome, made);
      identitysSeries.incrementAndGet();
    }
    return made;
  }

  /**
   * Gives up its room.
   *
   * @return what it had series of; there will be none from now on
   */
  synchronized Set<Outcome> forget() {
    forgotten = true;
    return startAnew();
  }

  /**
   * Gives up its room for the time being.
   *
   * @return what it had series of
   */
  synchronized Set<Outcome> startAnew() {
    Set<Outcome> had = Set.copyOf(series.keySet());
    series.clear();
    identitysSeries.addAndGet(-had.size());
    return had;
  }

  /**
   * What tells one series of a caller from another.
   *
   * @param policy which refused the request
   * @param ownProved whether the caller saw this workload's own identity
   * @param dimensions of what overrides make labels of; null: nothing is overridden
   */
  record Outcome(
      int status,
      boolean grpc,
      ResponseFlag flag,
      @Nullable String policy,
      boolean ownProved,
      @Nullable Dimensions dimensions) {}
}
