package dev.weft.benchmarks;

import java.io.IOException;

/** Some of the table's rows, which are measured together and can be measured again. */
interface Measurement {

  /** What it does, for whoever waits for it. */
  String title();

  /** Measures anew: what was measured before counts no longer. */
  void measure(Effort effort) throws IOException, InterruptedException;

  /** Adds its rows, by what was measured last. */
  void report(Table table);
}
