package dev.weft.benchmarks;

import dev.weft.benchmarks.Budget.Verdict;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What came out, one row for each budget. */
final class Table {

  private static final List<String> HEAD =
      List.of("what", "agent on", "agent off", "ratio", "floor", "aim", "verdict");

  private final List<List<String>> rows = new ArrayList<>();
  private final List<String> missed = new ArrayList<>();

  /**
   * @param on as measured with the agent
   * @param off as measured without it; null: there is no such thing
   * @param value what the budget is about: a ratio or a difference of the two
   */
  void add(String what, String on, @Nullable String off, double value, Budget budget) {
    Verdict verdict = budget.judge(value);
    if (verdict == Verdict.FLOOR_MISSED) {
      missed.add(what);
    }
    rows.add(
        List.of(
            what,
            on,
            off == null ? "" : off,
            budget.unit().format(value),
            limit(budget, budget.floor()),
            limit(budget, budget.aim()),
            verdict.toString()));
  }

  private static String limit(Budget budget, @Nullable Double limit) {
    return limit == null ? "" : budget.unit().format(limit);
  }

  /** Adds another table's rows below its own. */
  void addAll(Table table) {
    rows.addAll(table.rows);
    missed.addAll(table.missed);
  }

  /** The rows whose floor was. */
  List<String> missed() {
    return List.copyOf(missed);
  }

  @Override
  public String toString() {
    List<List<String>> lines = new ArrayList<>();
    lines.add(HEAD);
    lines.addAll(rows);
    int[] widths = new int[HEAD.size()];
    for (List<String> line : lines) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], line.get(i).length());
      }
    }
    StringBuilder text = new StringBuilder();
    for (List<String> line : lines) {
      text.append('|');
      for (int i = 0; i < widths.length; i++) {
        text.append(' ').append(line.get(i)).append(" ".repeat(widths[i] - line.get(i).length()));
        text.append(" |");
      }
      text.append('\n');
      if (line == HEAD) {
        text.append('|');
        for (int width : widths) {
          text.append("-".repeat(width + 2)).append('|');
        }
        text.append('\n');
      }
    }
    return text.toString();
  }
}
