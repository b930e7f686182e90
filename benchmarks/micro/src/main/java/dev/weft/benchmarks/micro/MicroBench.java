package dev.weft.benchmarks.micro;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * {@code weft bench --micro}: loads 10,000 routes, and measures what a request takes with 10, 1,000
 * and 10,000 of them, by one thread and by two. Exit code 1: a bound is missed.
 */
public final class MicroBench {

  private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

  private static final int ROUTES = 10_000;
  private static final int HOSTS = 500;
  private static final Duration LONGEST_LOAD = Duration.ofSeconds(2);
  private static final double MOST_GROWTH = 3;

  private MicroBench() {}

  public static void main(String[] arguments) throws RunnerException {
    boolean kept = loading("on one host", 1);
    kept &= loading("over " + HOSTS + " hosts", HOSTS);
    Map<String, Double> alone = decisions(1);
    Map<String, Double> together = decisions(2);
    double growth =
        Math.max(
            alone.getOrDefault("matchAndPick 10000 10", 0.0)
                / alone.getOrDefault("matchAndPick 10 10", 1.0),
            alone.getOrDefault("matchAndPick 10000 1000", 0.0)
                / alone.getOrDefault("matchAndPick 10 1000", 1.0));
    OUT.printf("A route of 10,000 costs %.2f of one of 10 (at most %.0f)%n", growth, MOST_GROWTH);
    OUT.printf(
        "Two threads at once take %.2f of the time of one (2 would be no gain at all)%n",
        together.getOrDefault("matchAndPick 1000 10", 0.0)
            / alone.getOrDefault("matchAndPick 1000 10", 1.0));
    System.exit(kept && growth <= MOST_GROWTH ? 0 : 1);
  }

  private static boolean loading(String where, int hosts) {
    Duration taken = Loading.of(ROUTES, hosts);
    OUT.printf(
        "%,d routes %s are loaded in %d ms (at most %d)%n",
        ROUTES, where, taken.toMillis(), LONGEST_LOAD.toMillis());
    return taken.compareTo(LONGEST_LOAD) <= 0;
  }

  /** Nanoseconds by benchmark, number of routes and of endpoints. */
  private static Map<String, Double> decisions(int threads) throws RunnerException {
    Options options =
        new OptionsBuilder()
            .include(Decision.class.getName())
            .threads(threads)
            .forks(1)
            .warmupIterations(3)
            .warmupTime(TimeValue.seconds(1))
            .measurementIterations(3)
            .measurementTime(TimeValue.seconds(1))
            .addProfiler(GCProfiler.class)
            .verbosity(VerboseMode.SILENT)
            .build();
    Map<String, Double> nanos = new HashMap<>();
    OUT.printf(
        "%n%-14s %7s %9s  by %d: %8s %12s%n", "", "routes", "endpoints", threads, "ns", "bytes");
    Collection<RunResult> results = new Runner(options).run();
    for (RunResult result : results) {
      String benchmark = result.getParams().getBenchmark();
      String name = benchmark.substring(benchmark.lastIndexOf('.') + 1);
      String routes = result.getParams().getParam("routes");
      String endpoints = result.getParams().getParam("endpoints");
      Result<?> bytes = result.getSecondaryResults().get("gc.alloc.rate.norm");
      double time = result.getPrimaryResult().getScore();
      nanos.put(name + " " + routes + " " + endpoints, time);
      OUT.printf(
          "%-14s %7s %9s        %8.0f %12.0f%n",
          name, routes, endpoints, time, bytes == null ? Double.NaN : bytes.getScore());
    }
    return nanos;
  }
}
