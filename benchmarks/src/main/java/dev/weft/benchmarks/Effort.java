package dev.weft.benchmarks;

import java.time.Duration;

/**
 * How often and for how long things are measured.
 *
 * @param starts of an application, with the agent and as many without
 * @param warmUp longest, of each pair and client, in processor time
 * @param rounds of load, each on every side
 * @param window of load in a round
 */
record Effort(int starts, Duration warmUp, int rounds, Duration window) {

  static final Effort FULL = new Effort(12, Duration.ofMinutes(5), 20, Duration.ofSeconds(3));
  static final Effort QUICK = new Effort(6, Duration.ofMinutes(2), 10, Duration.ofMillis(1500));
}
