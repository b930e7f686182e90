package dev.weft.benchmarks.micro;

import dev.weft.engine.Engine;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.inbound.InboundCall;
import dev.weft.engine.inbound.InboundStep;
import dev.weft.engine.outbound.Attempt;
import dev.weft.engine.outbound.OutboundCall;
import dev.weft.engine.outbound.OutboundStep;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * One request: its route is matched and an endpoint picked; it is sent, answered and over; at the
 * other end it is authorized.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Decision {

  private static final String HOST = "catalog.shop.svc.cluster.local";
  private static final int REQUESTS = 1024;

  /** Of the one host. */
  @Param({"10", "1000", "10000"})
  int routes;

  @Param({"10", "1000"})
  int endpoints;

  private Engine engine = Mesh.engine();
  private Request[] requests = {};

  /** A thread's place among the requests. */
  @State(Scope.Thread)
  public static class Place {
    int next;
  }

  @Setup
  public void setUp() {
    engine = Mesh.engine();
    engine.update(
        Mesh.snapshot(
            Map.of(HOST, RouteTables.translated(RouteTables.encoded(HOST, routes))), endpoints));
    requests = RouteTables.requests(HOST, routes, REQUESTS).toArray(Request[]::new);
  }

  @Benchmark
  public Object matchAndPick(Place place) {
    OutboundCall call = engine.outbound(requests[place.next++ & (REQUESTS - 1)]);
    if (call == null || !(call.next() instanceof OutboundStep.Send send)) {
      throw new IllegalStateException("not sent");
    }
    Attempt attempt = send.attempt();
    attempt.responded(200, HeaderSource.NONE);
    attempt.completed();
    return attempt;
  }

  @Benchmark
  public Object authorize(Place place) {
    InboundCall call = engine.inbound(requests[place.next++ & (REQUESTS - 1)]);
    if (!(call.next() instanceof InboundStep.Proceed)) {
      throw new IllegalStateException("refused");
    }
    call.completed();
    return call;
  }
}
