package dev.weft.benchmarks;

import dev.weft.benchmarks.Budget.Unit;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;

/**
 * Starts a Spring Boot application with and without the agent, in turn, and asks each of the JVMs
 * four things: when it answered, what that had cost, what it holds when it is idle, and how long
 * its first call to another service takes.
 */
final class StartUp {

  /** Its name in the mesh: one of its own, for the catalog's is guarded by the policy. */
  private static final String SERVICE = "starting";

  private static final double NANOS_PER_MILLI = 1e6;

  private final Testbed testbed;
  private final Pair plain;
  private final Side on = new Side();
  private final Side off = new Side();
  private final Samples firstToPlain = new Samples();
  private final Samples firstToMesh = new Samples();
  private final Samples firstToOther = new Samples();

  StartUp(Testbed testbed, Pair plain) {
    this.testbed = testbed;
    this.plain = plain;
  }

  private static final class Side {
    final Samples wallMillis = new Samples();
    final Samples cpuMillis = new Samples();
    final Samples megabytes = new Samples();
  }

  /** A first start that does not count warms the disk's cache and the control server. */
  void run(int starts) throws IOException, InterruptedException {
    Side unused = new Side();
    Samples none = new Samples();
    off(unused, none);
    on(unused, "http://storefront:8080", none);
    for (int i = 0; i < starts; i++) {
      boolean offFirst = i % 2 == 0;
      if (offFirst) {
        off(off, firstToPlain);
      }
      if (i % 2 == 0) {
        on(on, "http://storefront:8080", firstToMesh);
      } else {
        on(on, url(plain.storefront()), firstToOther);
      }
      if (!offFirst) {
        off(off, firstToPlain);
      }
    }
  }

  private void off(Side side, Samples firstCall) throws IOException, InterruptedException {
    long start = System.nanoTime();
    Map<String, String> environment = Map.of("CATALOG_STOREFRONT", url(plain.storefront()));
    try (Application application = testbed.plain("start-off", "catalog", environment)) {
      measure(application, start, side, firstCall);
    }
  }

  private void on(Side side, String storefront, Samples firstCall)
      throws IOException, InterruptedException {
    testbed.token(Bench.SAMPLED, SERVICE);
    long start = System.nanoTime();
    Map<String, String> environment = Map.of("CATALOG_STOREFRONT", storefront);
    try (Application application =
        testbed.meshed("start-on", "catalog", Bench.SAMPLED, SERVICE, 0.01, environment)) {
      measure(application, start, side, firstCall);
    }
  }

  /**
   * Processor time is taken when nothing more is going on, on either side: what is put off until
   * the application has started counts as well.
   */
  private static void measure(Application application, long start, Side side, Samples firstCall)
      throws IOException, InterruptedException {
    application.awaitAnswer("/items");
    side.wallMillis.add((System.nanoTime() - start) / NANOS_PER_MILLI);
    application.awaitReady();
    side.cpuMillis.add(application.awaitQuiet().toNanos() / NANOS_PER_MILLI);
    application.jcmd("GC.run");
    Duration unused = application.awaitQuiet(); // G1 gives memory back by and by
    side.megabytes.add(application.residentMegabytes());
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

  void report(Table table) {
    ratio(table, "Spring Boot start, wall", on.wallMillis, off.wallMillis, 1.30, 1.10);
    ratio(table, "Spring Boot start, CPU", on.cpuMillis, off.cpuMillis, 1.30, 1.15);
    table.add(
        "resident memory added, idle",
        Unit.MEGABYTES.format(on.megabytes.median()),
        Unit.MEGABYTES.format(off.megabytes.median()),
        on.megabytes.minus(off.megabytes).median(),
        Budget.atMost(Unit.MEGABYTES, 60.0, 30.0));
  }

  void reportFirstCalls(Table table) {
    firstCall(table, "first call to a mesh host, added", firstToMesh);
    firstCall(table, "first call to another host, added", firstToOther);
  }

  private void firstCall(Table table, String what, Samples with) {
    table.add(
        what,
        Unit.MILLISECONDS.format(with.median()),
        Unit.MILLISECONDS.format(firstToPlain.median()),
        with.median() - firstToPlain.median(),
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
