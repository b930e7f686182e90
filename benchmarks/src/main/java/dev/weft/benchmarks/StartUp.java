package dev.weft.benchmarks;

import dev.weft.benchmarks.Budget.Unit;
import java.io.IOException;
import java.util.Map;

/**
 * Starts a Spring Boot application with and without the agent, in turn, and asks each of the JVMs
 * four things: when it answered, what that had cost, what it holds when it is idle, and how long
 * its first call to another service takes.
 */
final class StartUp implements Measurement {

  /** Its name in the mesh: one of its own, for the catalog's is guarded by the policy. */
  private static final String SERVICE = "starting";

  private static final double NANOS_PER_MILLI = 1e6;

  private final Testbed testbed;
  private final Pair plain;
  private Figures on = new Figures();
  private Figures off = new Figures();

  StartUp(Testbed testbed, Pair plain) {
    this.testbed = testbed;
    this.plain = plain;
  }

  private static final class Figures {
    final Samples wallMillis = new Samples();
    final Samples cpuMillis = new Samples();
    final Samples megabytes = new Samples();
    final Samples firstToMesh = new Samples();
    final Samples firstToOther = new Samples();
  }

  @Override
  public String title() {
    return "the start of an application, with the agent and without";
  }

  /** A first start that does not count warms the disk's cache and the control server. */
  @Override
  public void measure(Effort effort) throws IOException, InterruptedException {
    Figures unused = new Figures();
    off(unused);
    on(unused, true);
    on = new Figures();
    off = new Figures();
    for (int i = 0; i < effort.starts(); i++) {
      boolean even = i % 2 == 0;
      if (even) {
        off(off);
      }
      on(on, even);
      if (!even) {
        off(off);
      }
    }
  }

  private void off(Figures figures) throws IOException, InterruptedException {
    long start = System.nanoTime();
    Map<String, String> environment = Map.of("CATALOG_STOREFRONT", url(plain.storefront()));
    try (Application application = testbed.plain("start-off", "catalog", environment)) {
      measure(application, start, figures, figures.firstToOther);
    }
  }

  /**
   * @param mesh whether its first call goes to a host of the mesh
   */
  private void on(Figures figures, boolean mesh) throws IOException, InterruptedException {
    testbed.token(Pairs.SAMPLED, SERVICE);
    String storefront = mesh ? "http://storefront:8080" : url(plain.storefront());
    long start = System.nanoTime();
    Map<String, String> environment = Map.of("CATALOG_STOREFRONT", storefront);
    try (Application application =
        testbed.meshed(
            "start-on", "catalog", Pairs.SAMPLED, SERVICE, Pairs.SAMPLED_SHARE, environment)) {
      measure(application, start, figures, mesh ? figures.firstToMesh : figures.firstToOther);
    }
  }

  /**
   * Processor time is taken when nothing more is going on, on either side: what is put off until
   * the application has started counts as well.
   */
  private static void measure(
      Application application, long start, Figures figures, Samples firstCall)
      throws IOException, InterruptedException {
    application.awaitAnswer("/items");
    figures.wallMillis.add((System.nanoTime() - start) / NANOS_PER_MILLI);
    application.awaitReady();
    figures.cpuMillis.add(application.awaitQuiet().toNanos() / NANOS_PER_MILLI);
    figures.megabytes.add(application.trimmedMegabytes());
    try (HttpConnection connection = new HttpConnection(application.port(), "/items/bestsellers")) {
      long call = System.nanoTime();
      int status = connection.get();
      if (status != 200) {
        throw new IOException("the first call answered " + status);
      }
      firstCall.add((System.nanoTime() - call) / NANOS_PER_MILLI);
    }
  }

  private static String url(Application application) {
    return "http://127.0.0.1:" + application.port();
  }

  @Override
  public void report(Table table) {
    ratio(table, "Spring Boot start, wall", on.wallMillis, off.wallMillis, 1.30, 1.10);
    ratio(table, "Spring Boot start, CPU", on.cpuMillis, off.cpuMillis, 1.30, 1.15);
    table.add(
        "resident memory added, idle",
        Unit.MEGABYTES.format(on.megabytes.median()),
        Unit.MEGABYTES.format(off.megabytes.median()),
        on.megabytes.minus(off.megabytes).median(),
        Budget.atMost(Unit.MEGABYTES, 60.0, 30.0));
    firstCall(table, "first call to a mesh host, added", on.firstToMesh);
    firstCall(table, "first call to another host, added", on.firstToOther);
  }

  private void firstCall(Table table, String what, Samples with) {
    table.add(
        what,
        Unit.MILLISECONDS.format(with.median()),
        Unit.MILLISECONDS.format(off.firstToOther.median()),
        with.median() - off.firstToOther.median(),
        Budget.printed(Unit.MILLISECONDS));
  }

  private static void ratio(
      Table table, String what, Samples on, Samples off, double floor, double aim) {
    table.add(
        what,
        Unit.MILLISECONDS.format(on.median()),
        Unit.MILLISECONDS.format(off.median()),
        on.over(off).median(),
        Budget.atMost(Unit.RATIO, floor, aim));
  }
}
