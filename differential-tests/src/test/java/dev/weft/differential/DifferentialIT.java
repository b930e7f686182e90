package dev.weft.differential;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.demo.process.TokenIssuer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Each scenario's calls through both sides; see the package for how. */
class DifferentialIT {

  private static final Path SCENARIOS =
      Path.of("src/test/resources/dev/weft/differential").toAbsolutePath();

  /** What the names of the scenarios to run begin with, as a regular expression. */
  private static final String ONLY = System.getProperty("weft.differential.only", "");

  /** Mostly waiting. */
  private static final ExecutorService THREADS = Executors.newCachedThreadPool();

  /** Calls that are under way together begin in order. */
  private static final long STAGGER_NANOS = 100_000_000;

  private static final int LOOKS = 80;

  private static final long BEGINS_WITHIN_NANOS = 1_500_000_000;

  private static final Map<AcceptedDifference, Integer> ACCEPTED = new HashMap<>();

  private static List<Scenario> scenarios = List.of();
  private static TokenIssuer tokens;
  private static Testbed testbed;
  private static int compared;

  @BeforeAll
  static void start() throws Exception {
    Path envoy = Envoy.require();
    tokens = TokenIssuer.start("differential.test");
    List<Scenario> all = Scenario.readAll(SCENARIOS, tokens);
    scenarios =
        all.stream().filter(s -> !s.isShared() && s.name().matches("(" + ONLY + ").*")).toList();
    testbed = Testbed.start(envoy, all, scenarios);
  }

  @AfterAll
  static void sum() throws Exception {
    THREADS.shutdownNow();
    if (tokens != null) {
      tokens.close();
    }
    if (testbed != null) {
      testbed.close();
      System.out.println("differential: " + compared + " requests compared; accepted differences:");
      for (AcceptedDifference accepted : AcceptedDifference.ALL) {
        System.out.printf(
            "  %s, %d times: %s%n",
            accepted.name(), ACCEPTED.getOrDefault(accepted, 0), accepted.reason());
      }
    }
  }

  @TestFactory
  Stream<DynamicTest> sameAsEnvoy() {
    record Running(Scenario scenario, CompletableFuture<List<Difference>> differences) {}
    List<Running> all =
        scenarios.stream()
            .map(
                it ->
                    new Running(it, CompletableFuture.supplyAsync(() -> differences(it), THREADS)))
            // Not all at the moment when the machine has most to do.
            .peek(running -> LockSupport.parkNanos(STAGGER_NANOS / 4))
            .toList();
    Stream<DynamicTest> each =
        all.stream()
            .map(
                running ->
                    DynamicTest.dynamicTest(
                        running.scenario.name(),
                        () -> assertThat(running.differences.join()).isEmpty()));
    return Stream.concat(each, Stream.of(DynamicTest.dynamicTest("accepted", this::accepted)));
  }

  /** Reasons of differences that don't exist would mislead. */
  private void accepted() {
    assertThat(AcceptedDifference.ALL).hasSizeLessThanOrEqualTo(10);
    if (ONLY.isEmpty()) {
      assertThat(AcceptedDifference.ALL)
          .filteredOn(it -> !ACCEPTED.containsKey(it))
          .extracting(AcceptedDifference::name)
          .isEmpty();
    }
  }

  private static List<Difference> differences(Scenario scenario) {
    List<Difference> differences = new ArrayList<>();
    List<Difference> fromMeant = new ArrayList<>();
    int number = 0;
    for (List<Call> step : scenario.steps()) {
      List<Outcome> envoy = outcomes(Side.ENVOY, scenario, step, number);
      List<Outcome> weft = outcomes(Side.WEFT, scenario, step, number);
      for (int i = 0; i < step.size(); i++) {
        fromMeant.addAll(
            Difference.fromMeant(
                scenario, id(scenario, number + i), step.get(i), envoy.get(i), weft.get(i)));
      }
      if (step.get(0).mixed()) {
        differences.addAll(
            Difference.ofShares(scenario, id(scenario, number), step.get(0), envoy, weft));
      } else {
        for (int i = 0; i < step.size(); i++) {
          differences.addAll(
              Difference.between(
                  scenario, id(scenario, number + i), step.get(i), envoy.get(i), weft.get(i)));
        }
      }
      number += step.size();
      count(step.size());
    }
    differences.removeIf(DifferentialIT::accept);
    differences.addAll(fromMeant);
    List<Call> last = scenario.steps().get(scenario.steps().size() - 1);
    differences.addAll(ofLogs(scenario, last.get(last.size() - 1)));
    return differences;
  }

  /** Lines are written after the answer: until all are there, or they never will be. */
  private static List<Difference> ofLogs(Scenario scenario, Call last) {
    try {
      List<String> envoy = testbed.log(Side.ENVOY, scenario);
      List<String> weft = testbed.log(Side.WEFT, scenario);
      int lines = scenario.lines();
      for (int looks = 0; looks < LOOKS && Math.min(envoy.size(), weft.size()) < lines; looks++) {
        LockSupport.parkNanos(STAGGER_NANOS);
        envoy = testbed.log(Side.ENVOY, scenario);
        weft = testbed.log(Side.WEFT, scenario);
      }
      if (envoy.size() != lines) {
        throw new IllegalStateException("Envoy has logged " + envoy.size() + " of " + lines);
      }
      return Difference.ofLogs(scenario, last, envoy, weft);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Outcome> outcomes(
      Side side, Scenario scenario, List<Call> step, int firstNumber) {
    List<CompletableFuture<Outcome>> outcomes = new ArrayList<>();
    for (int i = 0; i < step.size(); i++) {
      Call call = step.get(i);
      String id = id(scenario, firstNumber + i);
      outcomes.add(
          CompletableFuture.supplyAsync(() -> testbed.call(side, scenario, call, id), THREADS));
      if (call.overlapping()) {
        awaitBegun(side, id, outcomes.get(i));
      } else if (call.mixed()) {
        outcomes.get(i).join();
      } else if (i < step.size() - 1) {
        awaitBegun(side, id, outcomes.get(i));
        LockSupport.parkNanos(STAGGER_NANOS);
      }
    }
    return outcomes.stream().map(CompletableFuture::join).toList();
  }

  /** Until an upstream has it, or it is over: a machine that is busy starts late. */
  private static void awaitBegun(Side side, String id, CompletableFuture<Outcome> call) {
    long start = System.nanoTime();
    while (!call.isDone()
        && !testbed.arrived(side, id)
        && System.nanoTime() - start < BEGINS_WITHIN_NANOS) {
      LockSupport.parkNanos(STAGGER_NANOS / 10);
    }
  }

  private static String id(Scenario scenario, int number) {
    return scenario.name() + "-" + number;
  }

  private static synchronized boolean accept(Difference difference) {
    Optional<AcceptedDifference> accepted = AcceptedDifference.of(difference);
    accepted.ifPresent(it -> ACCEPTED.merge(it, 1, Integer::sum));
    return accepted.isPresent();
  }

  private static synchronized void count(int calls) {
    compared += calls;
  }
}
