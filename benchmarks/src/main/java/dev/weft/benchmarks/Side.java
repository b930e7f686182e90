package dev.weft.benchmarks;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** One of the pairs that are compared, called through one client, with what it did under load. */
final class Side {

  /** Enough to keep two applications on few cores from ever waiting. */
  static final int SATURATING = 8;

  /** More than are ever busy at half of capacity. */
  private static final int WAITING = 48;

  private static final Duration WARMING = Duration.ofSeconds(3);

  /** Compilers use less than a hundredth of what a warm JVM uses. */
  private static final int WARM = 100;

  /** So often in a row: compilers come in waves. */
  private static final int WARM_WINDOWS = 5;

  private static final double NANOS_PER_MICRO = 1e3;

  private final Pair pair;
  private final Load load;
  private final Samples perSecond = new Samples();
  private final Samples cpuMicros = new Samples();
  private final Samples p99Millis = new Samples();

  Side(Pair pair, Client client) {
    this.pair = pair;
    this.load = pair.load(client);
  }

  /** Requests answered in a second, of each saturated window. */
  Samples perSecond() {
    return perSecond;
  }

  /** Processor time of a request, everybody's but the load generator's, of the same windows. */
  Samples cpuMicros() {
    return cpuMicros;
  }

  /** Of each window at a fixed rate. */
  Samples p99Millis() {
    return p99Millis;
  }

  /**
   * Loads the sides in turn, another one first in each round: what comes after what is no one's.
   */
  static void saturate(List<Side> sides, int connections, int rounds, Duration window)
      throws InterruptedException {
    for (Side side : sides) {
      Load.Throughput unused = side.load.saturate(connections, window);
    }
    for (int round = 0; round < rounds; round++) {
      for (Side side : inTurn(round, sides)) {
        side.saturate(connections, window);
      }
    }
  }

  private void saturate(int connections, Duration window) throws InterruptedException {
    Duration before = pair.cpu();
    Load.Throughput done = load.saturate(connections, window);
    Duration used = pair.cpu().minus(before);
    perSecond.add(done.perSecond());
    cpuMicros.add(used.toNanos() / NANOS_PER_MICRO / done.requests());
  }

  /** As {@link #saturate}, but with as many requests a second on every side. */
  static void atRate(List<Side> sides, double perSecond, int rounds, Duration window)
      throws InterruptedException {
    for (Side side : sides) {
      long[] unused = side.load.atRate(perSecond, WAITING, window);
    }
    for (int round = 0; round < rounds; round++) {
      for (Side side : inTurn(round, sides)) {
        long[] nanos = side.load.atRate(perSecond, WAITING, window);
        side.p99Millis.add(Samples.percentile(nanos, 99) / 1e6);
      }
    }
  }

  private static List<Side> inTurn(int round, List<Side> sides) {
    int first = round % sides.size();
    List<Side> turned = new ArrayList<>(sides.subList(first, sides.size()));
    turned.addAll(sides.subList(0, first));
    return turned;
  }

  /**
   * Until the JVMs have compiled what there is to compile: one that still does is slower in a way
   * that no service is for long, and the more code there is the longer it lasts.
   *
   * @param atMost processor time of the pair, so that a busy machine does not cut it short
   */
  static void warmUp(Pair pair, Client client, Duration atMost)
      throws IOException, InterruptedException {
    Duration start = pair.cpu();
    int warm = 0;
    while (warm < WARM_WINDOWS && pair.cpu().minus(start).compareTo(atMost) < 0) {
      Duration used = pair.cpu();
      Duration compiled = pair.compilation();
      Load.Throughput unused = pair.load(client).saturate(SATURATING, WARMING);
      used = pair.cpu().minus(used);
      compiled = pair.compilation().minus(compiled);
      warm = compiled.multipliedBy(WARM).compareTo(used) < 0 ? warm + 1 : 0;
    }
  }
}
