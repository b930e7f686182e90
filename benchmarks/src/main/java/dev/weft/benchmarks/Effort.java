package dev.weft.benchmarks;

import java.time.Duration;
import java.util.List;

/**
 * How often and for how long things are measured.
 *
 * @param starts of an application, with the agent and as many without
 * @param warmUp longest, of each pair and client, in processor time
 * @param rounds of load, each on every side
 * @param window of load in a round
 * @param besideEnvoys clients that are measured beside Envoys
 */
record Effort(int starts, Duration warmUp, int rounds, Duration window, List<Client> besideEnvoys) {

  static final Effort FULL =
      new Effort(12, Duration.ofMinutes(8), 20, Duration.ofSeconds(3), List.of(Client.values()));
  static final Effort QUICK =
      new Effort(
          6, Duration.ofMinutes(6), 10, Duration.ofMillis(1500), List.of(Client.JDK_HTTPCLIENT));

  /** For what missed its floor: a noisy moment weighs half as much. */
  Effort doubled() {
    return new Effort(starts * 2, warmUp, rounds, window.multipliedBy(2), besideEnvoys);
  }
}
