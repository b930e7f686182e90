package dev.weft.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code weft bench [--quick]}: measures every budget that applies and prints them as one table.
 * Exit code 0: every floor is kept; 1: one is missed, each time it was measured; 2: something could
 * not be measured. {@code weft bench --profile}: records where the time goes.
 */
public final class Bench {

  private static final String ONLY = "--only=";

  private static final int FLOOR_MISSED = 1;
  private static final int NOT_MEASURED = 2;

  private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

  private Bench() {}

  /**
   * @param arguments the repository's root, and maybe {@code --quick} or {@code --profile}; {@code
   *     --only=WORD}, nothing but what has this word in its title
   */
  public static void main(String[] arguments) throws InterruptedException {
    Path root = Path.of(arguments[0]).toAbsolutePath().normalize();
    List<String> options = List.of(arguments);
    Path directory = root.resolve("benchmarks/target/run-" + ProcessHandle.current().pid());
    int exitCode;
    try {
      if (options.contains("--profile")) {
        profile(root, directory);
        exitCode = 0;
      } else {
        Effort effort = options.contains("--quick") ? Effort.QUICK : Effort.FULL;
        exitCode = bench(root, directory, effort, only(options));
      }
    } catch (IOException | RuntimeException e) {
      e.printStackTrace(OUT);
      OUT.println("Nothing could be measured: " + e.getMessage());
      exitCode = NOT_MEASURED;
    }
    if (exitCode != 0 && Files.exists(directory)) {
      OUT.println("Logs: " + directory.resolve("logs"));
    }
    System.exit(exitCode);
  }

  /** The word of {@code --only}; empty, which every title has in it, if it isn't given. */
  private static String only(List<String> options) {
    return options.stream()
        .filter(option -> option.startsWith(ONLY))
        .map(option -> option.substring(ONLY.length()))
        .findFirst()
        .orElse("");
  }

  private static void profile(Path root, Path directory) throws IOException, InterruptedException {
    try (Testbed testbed = Testbed.open(root, directory);
        Pair plain = Pair.plain(testbed, "");
        Pair meshed = Pairs.sampled(testbed, "")) {
      for (Pair pair : List.of(plain, meshed)) {
        pair.awaitServing();
        Profile.record(pair, directory.resolve("profile")).forEach(OUT::println);
      }
    }
  }

  private static int bench(Path root, Path directory, Effort effort, String only)
      throws IOException, InterruptedException {
    long start = System.nanoTime();
    Optional<Path> envoy = Envoy.find();
    if (envoy.isEmpty()) {
      String reason =
          "There is no Envoy: .ci/install-tools installs one, WEFT_ENVOY names one off the PATH.";
      if (toolsRequired()) {
        OUT.println("Nothing could be measured. " + reason);
        return NOT_MEASURED;
      }
      OUT.println(reason + " Throughput beside Envoys is left out.");
    }
    Findings findings;
    try (Testbed testbed = Testbed.open(root, directory)) {
      findings = measure(testbed, effort, envoy, only);
    }
    Table table = findings.table();
    OUT.printf(
        "%n%s%n%s, %d processors, JDK %s, %.1f min. %s%n",
        table,
        System.getProperty("os.name"),
        Runtime.getRuntime().availableProcessors(),
        System.getProperty("java.version"),
        (System.nanoTime() - start) / 60e9,
        "1,000 subscribers: not measured by this command.");
    table.missed().forEach(row -> OUT.println("Floor missed, each time: " + row));
    findings.unmeasured().forEach(what -> OUT.println("Could not be measured: " + what));
    if (!table.missed().isEmpty()) {
      return FLOOR_MISSED;
    }
    return findings.unmeasured().isEmpty() ? 0 : NOT_MEASURED;
  }

  /** What is missing is a failure then, as it is to the tests. */
  static boolean toolsRequired() {
    return Boolean.getBoolean("weft.tools.required")
        || Boolean.parseBoolean(System.getenv("WEFT_TOOLS_REQUIRED"));
  }

  private static Findings measure(Testbed testbed, Effort effort, Optional<Path> envoy, String only)
      throws IOException, InterruptedException {
    OUT.println(
        "Starting pairs of applications, plain, meshed, meshed and traced, behind Envoys …");
    try (Pairs pairs = Pairs.start(testbed, "");
        Pair sidecars = envoy.isEmpty() ? null : Pair.behindSidecars(testbed, envoy.get())) {
      pairs.awaitServing();
      List<Measurement> measurements = new ArrayList<>();
      measurements.add(new StartUp(testbed, pairs.plain()));
      measurements.add(new AgentJar(testbed.agent()));
      for (Client client : Client.values()) {
        measurements.add(new UnderLoad(client, testbed, pairs));
      }
      if (sidecars != null) {
        sidecars.awaitServing();
        measurements.addAll(besideEnvoys(pairs.meshed(), sidecars, effort));
      }
      measurements.removeIf(measurement -> !measurement.title().contains(only));
      if (measurements.isEmpty()) {
        throw new IllegalArgumentException("nothing is measured that is called " + only);
      }
      return Findings.of(measurements, effort, OUT::println);
    }
  }

  private static List<Measurement> besideEnvoys(Pair meshed, Pair sidecars, Effort effort) {
    List<Measurement> measurements = new ArrayList<>();
    for (Client client : effort.besideEnvoys()) {
      measurements.add(new BesideEnvoys(client, meshed, sidecars));
    }
    return measurements;
  }
}
