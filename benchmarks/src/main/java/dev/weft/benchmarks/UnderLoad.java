package dev.weft.benchmarks;

import dev.weft.benchmarks.Budget.Unit;
import java.io.IOException;
import java.util.List;

/**
 * Loads three pairs of applications in turn, all of them up all the time. When it is measured again
 * they are new ones: of two JVMs that do the same, one may be several percent faster for as long as
 * it lives.
 */
final class UnderLoad implements Measurement {

  private final Client client;
  private final Testbed testbed;
  private final Pairs first;
  private int times;
  private Side plain;
  private Side meshed;
  private Side traced;

  /**
   * @param first to be loaded, if it is measured once
   */
  UnderLoad(Client client, Testbed testbed, Pairs first) {
    this.client = client;
    this.testbed = testbed;
    this.first = first;
    use(first);
  }

  @Override
  public String title() {
    return "load, with the agent and without, " + client.title();
  }

  @Override
  public void measure(Effort effort) throws IOException, InterruptedException {
    times++;
    if (times == 1) {
      measure(first, effort);
      return;
    }
    try (Pairs others = Pairs.start(testbed, "-" + client.path().substring(1) + "-" + times)) {
      others.awaitServing();
      measure(others, effort);
    }
  }

  private void measure(Pairs pairs, Effort effort) throws IOException, InterruptedException {
    for (Pair pair : List.of(pairs.plain(), pairs.meshed(), pairs.traced())) {
      Side.warmUp(pair, client, effort.warmUp());
    }
    pairs.meshed().checkMeshed();
    pairs.traced().checkMeshed();
    use(pairs);
    Side.saturate(
        List.of(plain, meshed, traced), Side.SATURATING, effort.rounds(), effort.window());
    double half = plain.perSecond().median() / 2;
    Side.atRate(List.of(plain, meshed), half, effort.rounds(), effort.window());
    if (testbed.spans().receivedBytes() == 0) {
      throw new IllegalStateException("no spans arrived");
    }
  }

  private void use(Pairs pairs) {
    plain = new Side(pairs.plain(), client);
    meshed = new Side(pairs.meshed(), client);
    traced = new Side(pairs.traced(), client);
  }

  @Override
  public void report(Table table) {
    table.add(
        "throughput, saturated, " + client.title(),
        Unit.PER_SECOND.format(meshed.perSecond().median()),
        Unit.PER_SECOND.format(plain.perSecond().median()),
        meshed.perSecond().over(plain.perSecond()).median(),
        Budget.atLeast(Unit.RATIO, 0.85, client.throughputAim()));
    cpu(table, "CPU per request added, " + client.title(), meshed, 15);
    cpu(table, "… with spans at 100 %, " + client.title(), traced, 25);
    table.add(
        "p99 at half of capacity, " + client.title(),
        Unit.MILLISECONDS.format(meshed.p99Millis().median()),
        Unit.MILLISECONDS.format(plain.p99Millis().median()),
        meshed.p99Millis().over(plain.p99Millis()).median(),
        Budget.atMost(Unit.RATIO, 1.5, 1.1));
  }

  private void cpu(Table table, String what, Side on, double aim) {
    table.add(
        what,
        Unit.MICROSECONDS.format(on.cpuMicros().median()),
        Unit.MICROSECONDS.format(plain.cpuMicros().median()),
        on.cpuMicros().minus(plain.cpuMicros()).median(),
        Budget.atMost(Unit.MICROSECONDS, null, aim));
  }
}
