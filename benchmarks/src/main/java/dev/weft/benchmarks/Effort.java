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

  static final Effort FULL = new Effort(12, Duration.ofMinutes(3), 10, Duration.ofSeconds(6));
  static final Effort QUICK = new Effort(5, Duration.ofSeconds(30), 4, Duration.ofSeconds(3));
}
