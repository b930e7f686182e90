package dev.weft.benchmarks;

import dev.weft.benchmarks.Budget.Unit;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Loads three pairs of applications in turn, all of them up all the time: without the agent, with
 * everything on, and with everything on and every request traced.
 */
final class UnderLoad {

  /** Enough to keep two applications on few cores from ever waiting. */
  static final int SATURATING = 8;

  /** More than are ever busy at half of capacity. */
  private static final int WAITING = 48;

  private static final Duration WARMING = Duration.ofSeconds(2);

  /** Compilers use less than a fiftieth of what a warm JVM uses. */
  private static final int WARM = 50;

  /** So often in a row: compilers come in waves. */
  private static final int WARM_WINDOWS = 3;

  private static final double NANOS_PER_MICRO = 1e3;

  private final Side plain;
  private final Side meshed;
  private final Side traced;
  private final Effort effort;

  UnderLoad(Pair plain, Pair meshed, Pair traced, Effort effort) {
    this.plain = new Side(plain);
    this.meshed = new Side(meshed);
    this.traced = new Side(traced);
    this.effort = effort;
  }

  private static final class Figures {
    final Samples perSecond = new Samples();
    final Samples cpuMicros = new Samples();
    final Samples p99Millis = new Samples();
  }

  private static final class Side {
    final Pair pair;
    final Map<Client, Figures> figures = new EnumMap<>(Client.class);

    Side(Pair pair) {
      this.pair = pair;
      for (Client client : Client.values()) {
        figures.put(client, new Figures());
      }
    }

    Figures of(Client client) {
      Figures of = figures.get(client);
      if (of == null) {
        throw new IllegalArgumentException(client.title());
      }
      return of;
    }
  }

  void run() throws IOException, InterruptedException {
    for (Client client : Client.values()) {
      for (Side side : List.of(plain, meshed, traced)) {
        warmUp(side.pair, client, effort.warmUp());
      }
    }
    meshed.pair.checkMeshed();
    traced.pair.checkMeshed();
    for (Client client : Client.values()) {
      for (int round = 0; round < effort.rounds(); round++) {
        for (Side side : inTurn(round, List.of(plain, meshed, traced))) {
          saturate(side, client);
        }
      }
      double half = plain.of(client).perSecond.median() / 2;
      for (Side side : List.of(plain, meshed)) {
        // So many callers at once are new to it: connections are made that are kept from then on.
        long[] unused = side.pair.load(client).atRate(half, WAITING, effort.window());
      }
      for (int round = 0; round < effort.rounds(); round++) {
        for (Side side : inTurn(round, List.of(plain, meshed))) {
          long[] nanos = side.pair.load(client).atRate(half, WAITING, effort.window());
          side.of(client).p99Millis.add(Samples.percentile(nanos, 99) / 1e6);
        }
      }
    }
  }

  /**
   * Until the JVMs have compiled what there is to compile: one that still does is slower in a way
   * that no service is for long, and the more code there is the longer it lasts.
   *
   * @param atMost processor time of both, so that a busy machine does not cut it short
   */
  static void warmUp(Pair pair, Client client, Duration atMost)
      throws IOException, InterruptedException {
    Duration start = pair.cpu();
    int warm = 0;
    while (warm < WARM_WINDOWS && pair.cpu().minus(start).compareTo(atMost) < 0) {
      Duration used = pair.cpu();
      Duration compiled = pair.compilation();
      pair.load(client).saturate(SATURATING, WARMING);
      used = pair.cpu().minus(used);
      compiled = pair.compilation().minus(compiled);
      warm = compiled.multipliedBy(WARM).compareTo(used) < 0 ? warm + 1 : 0;
    }
  }

  private void saturate(Side side, Client client) throws InterruptedException {
    Duration before = side.pair.cpu();
    Load.Throughput done = side.pair.load(client).saturate(SATURATING, effort.window());
    Duration used = side.pair.cpu().minus(before);
    side.of(client).perSecond.add(done.perSecond());
    side.of(client).cpuMicros.add(used.toNanos() / NANOS_PER_MICRO / done.requests());
  }

  /** The same sides, another one first in each round: what comes after what must not matter. */
  private static List<Side> inTurn(int round, List<Side> sides) {
    int first = round % sides.size();
    List<Side> turned = new ArrayList<>(sides.subList(first, sides.size()));
    turned.addAll(sides.subList(0, first));
    return turned;
  }

  void report(Table table) {
    for (Client client : Client.values()) {
      throughput(table, client);
    }
    for (Client client : Client.values()) {
      cpu(table, "CPU per request added, " + client.title(), client, meshed, 15);
    }
    for (Client client : Client.values()) {
      cpu(table, "… with spans at 100 %, " + client.title(), client, traced, 25);
    }
    for (Client client : Client.values()) {
      latency(table, client);
    }
  }

  private void throughput(Table table, Client client) {
    Samples on = meshed.of(client).perSecond;
    Samples off = plain.of(client).perSecond;
    table.add(
        "throughput, saturated, " + client.title(),
        perSecond(on),
        perSecond(off),
        on.over(off).median(),
        Budget.atLeast(Unit.RATIO, 0.85, client.throughputAim()));
  }

  private static String perSecond(Samples samples) {
    return String.format(Locale.ROOT, "%.0f/s", samples.median());
  }

  private void cpu(Table table, String what, Client client, Side side, double aim) {
    Samples on = side.of(client).cpuMicros;
    Samples off = plain.of(client).cpuMicros;
    table.add(
        what,
        Unit.MICROSECONDS.format(on.median()),
        Unit.MICROSECONDS.format(off.median()),
        on.minus(off).median(),
        Budget.atMost(Unit.MICROSECONDS, null, aim));
  }

  private void latency(Table table, Client client) {
    Samples on = meshed.of(client).p99Millis;
    Samples off = plain.of(client).p99Millis;
    table.add(
        "p99 at half of capacity, " + client.title(),
        Unit.MILLISECONDS.format(on.median()),
        Unit.MILLISECONDS.format(off.median()),
        on.over(off).median(),
        Budget.atMost(Unit.RATIO, 1.5, 1.1));
  }
}
