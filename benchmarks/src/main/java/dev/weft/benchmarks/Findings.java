package dev.weft.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What came out.
 *
 * @param table of all that could be measured
 * @param unmeasured what could not, and why
 */
record Findings(Table table, List<String> unmeasured) {

  /** How often, at most, before a missed floor counts. */
  private static final int MOST_MEASURED = 3;

  /**
   * Measures one after the other. What misses a floor is measured again when everything else is
   * done, anew and for longer: machines are noisy, and what is really missed is missed then too.
   * What fails is not tried again: a failed request is not noise.
   *
   * @param progress is told what is being done
   */
  static Findings of(List<Measurement> measurements, Effort effort, Consumer<String> progress)
      throws InterruptedException {
    Map<Measurement, Table> tables = new LinkedHashMap<>();
    List<String> unmeasured = new ArrayList<>();
    List<Measurement> pending = measurements;
    for (int time = 1; time <= MOST_MEASURED && !pending.isEmpty(); time++) {
      List<Measurement> missing = new ArrayList<>();
      for (Measurement measurement : pending) {
        progress.accept("Measuring " + measurement.title() + " …");
        Table table = new Table();
        try {
          measurement.measure(time == 1 ? effort : effort.doubled());
          measurement.report(table);
        } catch (IOException | RuntimeException e) {
          unmeasured.add(measurement.title() + ": " + reason(e));
        }
        tables.put(measurement, table);
        if (!table.missed().isEmpty()) {
          missing.add(measurement);
          if (time < MOST_MEASURED) {
            progress.accept(table + "A floor was missed: to be measured again, for longer.");
          }
        }
      }
      pending = missing;
    }
    Table all = new Table();
    tables.values().forEach(all::addAll);
    return new Findings(all, unmeasured);
  }

  private static String reason(Throwable e) {
    Throwable cause = e.getCause();
    return cause == null ? e.toString() : e + ", because of " + reason(cause);
  }
}
