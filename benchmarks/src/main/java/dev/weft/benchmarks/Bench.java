package dev.weft.benchmarks;

import dev.weft.benchmarks.Budget.Unit;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * {@code weft bench [--quick]}: measures every budget that applies and prints them as one table;
 * exit code 1 if a floor is missed. {@code weft bench --profile}: records where the time goes.
 */
public final class Bench {

  /** The namespace where one request in a hundred has spans. */
  static final String SAMPLED = "sampled";

  private static final double SHARE = 0.01;

  /** How often, at most, before a missed floor counts. */
  private static final int MOST_MEASURED = 3;

  /** The namespace where every request has. */
  private static final String TRACED = "traced";

  private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

  private Bench() {}

  /**
   * @param arguments the repository's root, and maybe {@code --quick} or {@code --profile}
   */
  public static void main(String[] arguments) throws Exception {
    Path root = Path.of(arguments[0]).toAbsolutePath().normalize();
    boolean quick = List.of(arguments).contains("--quick");
    Path directory = root.resolve("benchmarks/target/run-" + ProcessHandle.current().pid());
    if (List.of(arguments).contains("--profile")) {
      profile(root, directory);
      return;
    }
    long start = System.nanoTime();
    Table table;
    try (Testbed testbed = Testbed.open(root, directory)) {
      table = measure(testbed, quick ? Effort.QUICK : Effort.FULL);
    }
    OUT.printf(
        "%n%s%n%s, %d processors, JDK %s, %.1f min. %s%n",
        table,
        System.getProperty("os.name"),
        Runtime.getRuntime().availableProcessors(),
        System.getProperty("java.version"),
        (System.nanoTime() - start) / 60e9,
        "Throughput beside Envoy sidecars, and 1,000 subscribers: not measured by this command.");
    if (!table.floorsKept()) {
      OUT.println("A floor was missed; logs: " + directory.resolve("logs"));
    }
    System.exit(table.floorsKept() ? 0 : 1);
  }

  private static void profile(Path root, Path directory) throws IOException, InterruptedException {
    try (Testbed testbed = Testbed.open(root, directory);
        Pair plain = Pair.plain(testbed);
        Pair meshed = Pair.meshed(testbed, SAMPLED, SHARE)) {
      for (Pair pair : List.of(plain, meshed)) {
        pair.awaitServing();
        Profile.record(pair, directory.resolve("profile")).forEach(OUT::println);
      }
    }
  }

  private static Table measure(Testbed testbed, Effort effort)
      throws IOException, InterruptedException {
    OUT.println("Starting three pairs of applications: plain, meshed, meshed and traced …");
    try (Pair plain = Pair.plain(testbed);
        Pair meshed = Pair.meshed(testbed, SAMPLED, SHARE);
        Pair traced = Pair.meshed(testbed, TRACED, 1)) {
      for (Pair pair : List.of(plain, meshed, traced)) {
        pair.awaitServing();
      }
      StartUp startUp = new StartUp(testbed, plain);
      UnderLoad underLoad = new UnderLoad(plain, meshed, traced, effort);
      Table table = measure(testbed, startUp, underLoad, effort);
      for (int again = 1; again < MOST_MEASURED && !table.floorsKept(); again++) {
        // Machines are noisy. What is really missed is missed by twice as many samples too.
        OUT.printf("%n%s%nA floor was missed: measuring more …%n", table);
        table = measure(testbed, startUp, underLoad, effort);
      }
      return table;
    }
  }

  /** Adds to what was measured before. */
  private static Table measure(Testbed testbed, StartUp startUp, UnderLoad underLoad, Effort effort)
      throws IOException, InterruptedException {
    OUT.printf("Starting an application %d times on each side …%n", effort.starts());
    startUp.run(effort.starts());
    OUT.printf("Loading each side in turn, %d rounds …%n", effort.rounds());
    underLoad.run();
    if (testbed.spans().receivedBytes() == 0) {
      throw new IllegalStateException("no spans arrived");
    }
    Table table = new Table();
    startUp.report(table);
    double megabytes = Files.size(testbed.agent()) / 1e6;
    table.add(
        "agent jar",
        Unit.MEGABYTES.format(megabytes),
        null,
        megabytes,
        Budget.atMost(Unit.MEGABYTES, 12.0, 9.0));
    underLoad.report(table);
    startUp.reportFirstCalls(table);
    return table;
  }
}
