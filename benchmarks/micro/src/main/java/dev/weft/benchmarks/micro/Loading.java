package dev.weft.benchmarks.micro;

import com.google.protobuf.Any;
import dev.weft.engine.Engine;
import dev.weft.engine.model.RouteTable;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** How long configuration takes from the wire until requests are decided by it. */
final class Loading {

  private static final int ENDPOINTS = 10;

  private Loading() {}

  /** The first time in this process, as when a workload starts: nothing is warm. */
  static Duration of(int routes, int hosts) {
    Map<String, Any> encoded = new HashMap<>();
    for (int i = 0; i < hosts; i++) {
      String host = "h" + i + ".shop.svc.cluster.local";
      encoded.put(host, RouteTables.encoded(host, routes / hosts));
    }
    Engine engine = Mesh.engine();
    long start = System.nanoTime();
    Map<String, RouteTable> tables = new HashMap<>();
    encoded.forEach(
        (host, routeConfiguration) -> tables.put(host, RouteTables.translated(routeConfiguration)));
    engine.update(Mesh.snapshot(tables, ENDPOINTS));
    return Duration.ofNanos(System.nanoTime() - start);
  }
}
