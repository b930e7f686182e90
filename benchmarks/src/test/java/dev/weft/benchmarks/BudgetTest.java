package dev.weft.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.benchmarks.Budget.Unit;
import dev.weft.benchmarks.Budget.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BudgetTest {

  @ParameterizedTest
  @CsvSource({
    "1.00, AIM_MET",
    "1.10, AIM_MET",
    "1.11, AIM_MISSED",
    "1.30, AIM_MISSED",
    "1.31, FLOOR_MISSED",
    "NaN, FLOOR_MISSED"
  })
  void whereLessIsBetter(double value, Verdict verdict) {
    assertThat(Budget.atMost(Unit.RATIO, 1.30, 1.10).judge(value)).isEqualTo(verdict);
  }

  @ParameterizedTest
  @CsvSource({
    "1.02, AIM_MET",
    "0.95, AIM_MET",
    "0.94, AIM_MISSED",
    "0.85, AIM_MISSED",
    "0.84, FLOOR_MISSED",
    "NaN, FLOOR_MISSED"
  })
  void whereMoreIsBetter(double value, Verdict verdict) {
    assertThat(Budget.atLeast(Unit.RATIO, 0.85, 0.95).judge(value)).isEqualTo(verdict);
  }

  @Test
  void withoutAFloorNothingIsMissedButTheAim() {
    assertThat(Budget.atMost(Unit.MICROSECONDS, null, 15.0).judge(1_000))
        .isEqualTo(Verdict.AIM_MISSED);
  }

  @Test
  void whatIsOnlyPrintedIsNotJudged() {
    assertThat(Budget.printed(Unit.MILLISECONDS).judge(1_000)).isEqualTo(Verdict.PRINTED);
  }

  @Test
  void theTableNamesWhatMissedItsFloor() {
    Table table = new Table();
    table.add("start", "2", "1", 1.2, Budget.atMost(Unit.RATIO, 1.30, 1.10));
    assertThat(table.missed()).isEmpty();
    table.add("jar", "13 MB", null, 13, Budget.atMost(Unit.MEGABYTES, 12.0, 9.0));
    table.add("call", "2 ms", "1 ms", 1, Budget.printed(Unit.MILLISECONDS));
    assertThat(table.missed()).containsExactly("jar");
    assertThat(table.toString().lines())
        .containsExactly(
            "| what  | agent on | agent off | ratio   | floor   | aim    | verdict      |",
            "|-------|----------|-----------|---------|---------|--------|--------------|",
            "| start | 2        | 1         | 1.20    | 1.30    | 1.10   | aim missed   |",
            "| jar   | 13 MB    |           | 13.0 MB | 12.0 MB | 9.0 MB | FLOOR MISSED |",
            "| call  | 2 ms     | 1 ms      | 1.0 ms  |         |        |              |");
  }
}
