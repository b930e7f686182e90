package dev.weft.benchmarks;

import dev.weft.benchmarks.Budget.Unit;
import java.io.IOException;
import java.util.List;

/**
 * Loads two pairs of applications in turn, both up all the time: with the agent and everything on,
 * and without it behind a pair of Envoys that do the same.
 */
final class BesideEnvoys implements Measurement {

  /**
   * More than keep the applications alone busy: with four processes in a row a request spends more
   * of its time waiting, and Envoys take more at once when there is more to take.
   */
  private static final int SATURATING = 32;

  /** Latency is only for information: fewer rounds of it do. */
  private static final int SHARE_FOR_LATENCY = 2;

  private final Client client;
  private final Pair meshedPair;
  private final Pair envoysPair;
  private Side meshed;
  private Side envoys;

  BesideEnvoys(Client client, Pair meshed, Pair envoys) {
    this.client = client;
    this.meshedPair = meshed;
    this.envoysPair = envoys;
    this.meshed = new Side(meshed, client);
    this.envoys = new Side(envoys, client);
  }

  @Override
  public String title() {
    return "load, with the agent and behind Envoys, " + client.title();
  }

  /** The rate is one that both can bear: half of what the slower one does. */
  @Override
  public void measure(Effort effort) throws IOException, InterruptedException {
    for (Pair pair : List.of(meshedPair, envoysPair)) {
      Side.warmUp(pair, client, effort.warmUp());
      pair.checkMeshed();
    }
    meshed = new Side(meshedPair, client);
    envoys = new Side(envoysPair, client);
    List<Side> both = List.of(meshed, envoys);
    Side.saturate(both, SATURATING, effort.rounds(), effort.window());
    double half = Math.min(meshed.perSecond().median(), envoys.perSecond().median()) / 2;
    Side.atRate(both, half, effort.rounds() / SHARE_FOR_LATENCY, effort.window());
  }

  @Override
  public void report(Table table) {
    row(
        table,
        "throughput ÷ behind two Envoys, " + client.title(),
        Unit.PER_SECOND,
        meshed.perSecond(),
        envoys.perSecond(),
        Budget.atLeast(Unit.RATIO, 1.2, 1.5));
    row(
        table,
        "… CPU per request, Envoys' included",
        Unit.MICROSECONDS,
        meshed.cpuMicros(),
        envoys.cpuMicros(),
        Budget.printed(Unit.RATIO));
    row(
        table,
        "… p99 at half of the Envoys' capacity",
        Unit.MILLISECONDS,
        meshed.p99Millis(),
        envoys.p99Millis(),
        Budget.printed(Unit.RATIO));
  }

  private static void row(
      Table table, String what, Unit unit, Samples with, Samples without, Budget budget) {
    table.add(
        what,
        unit.format(with.median()),
        unit.format(without.median()),
        with.over(without).median(),
        budget);
  }
}
