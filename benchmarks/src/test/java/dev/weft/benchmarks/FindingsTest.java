package dev.weft.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.benchmarks.Budget.Unit;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

class FindingsTest {

  private static final Effort EFFORT =
      new Effort(1, Duration.ZERO, 3, Duration.ofSeconds(1), List.of());

  private final List<String> done = new ArrayList<>();

  /** What is 1.0 at least; each time it is measured, another of these comes out. */
  private final class Scripted implements Measurement {

    private final String name;
    private final Deque<Double> values;
    private double last;

    Scripted(String name, Double... values) {
      this.name = name;
      this.values = new ArrayDeque<>(List.of(values));
    }

    @Override
    public String title() {
      return name;
    }

    @Override
    public void measure(Effort effort) throws IOException {
      done.add(name + " " + effort.window().toSeconds() + " s");
      if (values.isEmpty()) {
        throw new IOException("no answer");
      }
      last = values.remove();
    }

    @Override
    public void report(Table table) {
      table.add(name, "on", "off", last, Budget.atLeast(Unit.RATIO, 1.0, 2.0));
    }
  }

  private Findings measure(Measurement... measurements) throws InterruptedException {
    return Findings.of(List.of(measurements), EFFORT, progress -> {});
  }

  @Test
  void whatKeepsItsFloorIsMeasuredOnce() throws InterruptedException {
    Findings findings = measure(new Scripted("a", 1.5), new Scripted("b", 1.0));
    assertThat(done).containsExactly("a 1 s", "b 1 s");
    assertThat(findings.table().missed()).isEmpty();
    assertThat(findings.unmeasured()).isEmpty();
  }

  @Test
  void whatMissesItIsMeasuredAgainWhenTheRestIsDoneAndForLonger() throws InterruptedException {
    Findings findings = measure(new Scripted("a", 0.9, 1.2), new Scripted("b", 1.1));
    assertThat(done).containsExactly("a 1 s", "b 1 s", "a 2 s");
    assertThat(findings.table().missed()).isEmpty();
    assertThat(findings.table().toString()).contains("1.20").doesNotContain("0.90");
  }

  @Test
  void whatMissesItEachTimeIsMissed() throws InterruptedException {
    Findings findings = measure(new Scripted("a", 0.9, 0.8, 0.7, 5.0), new Scripted("b", 1.1));
    assertThat(done).containsExactly("a 1 s", "b 1 s", "a 2 s", "a 2 s");
    assertThat(findings.table().missed()).containsExactly("a");
  }

  @Test
  void rowsStayInTheirOrder() throws InterruptedException {
    Findings findings = measure(new Scripted("first", 0.9, 1.2), new Scripted("second", 1.1));
    assertThat(findings.table().toString()).containsSubsequence("first", "second");
  }

  @Test
  void whatFailsIsNamedAndTheRestIsMeasured() throws InterruptedException {
    Findings findings = measure(new Scripted("a"), new Scripted("b", 1.1));
    assertThat(findings.unmeasured()).containsExactly("a: java.io.IOException: no answer");
    assertThat(findings.table().missed()).isEmpty();
    assertThat(findings.table().toString()).contains("| b ").doesNotContain("| a ");
    assertThat(done).containsExactly("a 1 s", "b 1 s");
  }
}
