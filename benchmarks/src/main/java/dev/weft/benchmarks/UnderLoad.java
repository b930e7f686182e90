package dev.weft.benchmarks;

import dev.weft.benchmarks.Budget.Unit;
import java.io.IOException;
import java.util.List;

/**
 * Loads three pairs of applications in turn, all of them up all the time: without the agent, with
 * everything on, and with everything on and every request traced.
 */
final class UnderLoad implements Measurement {

  private final Client client;
  private final Pair plainPair;
  private final Pair meshedPair;
  private final Pair tracedPair;
  private final SpanSink spans;
  private Side plain;
  private Side meshed;
  private Side traced;

  UnderLoad(Client client, Pair plain, Pair meshed, Pair traced, SpanSink spans) {
    this.client = client;
    this.plainPair = plain;
    this.meshedPair = meshed;
    this.tracedPair = traced;
    this.spans = spans;
    this.plain = new Side(plain, client);
    this.meshed = new Side(meshed, client);
    this.traced = new Side(traced, client);
  }

  @Override
  public String title() {
    return "load, with the agent and without, " + client.title();
  }

  @Override
  public void measure(Effort effort) throws IOException, InterruptedException {
    for (Pair pair : List.of(plainPair, meshedPair, tracedPair)) {
      Side.warmUp(pair, client, effort.warmUp());
    }
    meshedPair.checkMeshed();
    tracedPair.checkMeshed();
    plain = new Side(plainPair, client);
    meshed = new Side(meshedPair, client);
    traced = new Side(tracedPair, client);
    Side.saturate(
        List.of(plain, meshed, traced), Side.SATURATING, effort.rounds(), effort.window());
    double half = plain.perSecond().median() / 2;
    Side.atRate(List.of(plain, meshed), half, effort.rounds(), effort.window());
    if (spans.receivedBytes() == 0) {
      throw new IllegalStateException("no spans arrived");
    }
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
