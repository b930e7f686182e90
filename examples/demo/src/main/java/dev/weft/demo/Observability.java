package dev.weft.demo;

import dev.weft.demo.process.Await;
import dev.weft.demo.process.Http;
import dev.weft.demo.process.SpanReceiver.ReceivedSpan;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** What the mesh tells of the traffic. */
final class Observability {

  private final Shop shop;

  Observability(Shop shop) {
    this.shop = shop;
  }

  String trace() throws Exception {
    byte[] id = new byte[16];
    new Random().nextBytes(id);
    String traceId = HexFormat.of().formatHex(id);
    HttpResponse<String> response =
        Http.get(
            shop.storefront().url("/async"),
            "traceparent",
            "00-" + traceId + "-00f067aa0ba902b7-01");
    Step.require(response.statusCode() == 200, "got " + response.statusCode() + response.body());
    Await.until(
        "three linked spans arrive",
        Step.SOON,
        () -> chain(shop.spans().trace(traceId)).size() == 3);
    StringBuilder path = new StringBuilder();
    for (ReceivedSpan span : chain(shop.spans().trace(traceId))) {
      path.append(path.isEmpty() ? "" : " → ")
          .append(span.service())
          .append(' ')
          .append(span.kind());
    }
    return path + ", each the parent of the next, across a thread hop; trace " + traceId;
  }

  private static List<ReceivedSpan> chain(List<ReceivedSpan> spans) {
    List<ReceivedSpan> chain = new ArrayList<>();
    String parent = "00f067aa0ba902b7";
    boolean found = true;
    while (found) {
      found = false;
      for (ReceivedSpan span : spans) {
        if (span.parentId().equals(parent) && !chain.contains(span)) {
          chain.add(span);
          parent = span.spanId();
          found = true;
          break;
        }
      }
    }
    return chain;
  }

  String metrics() throws Exception {
    Map<String, Long> byVersion = new TreeMap<>();
    for (String line :
        shop.storefront()
            .metrics(
                "istio_requests_total", "reporter=\"source\"", "destination_app=\"catalog\"")) {
      byVersion.merge(
          Metrics.label(line, "destination_version") + " " + Metrics.label(line, "response_code"),
          Metrics.value(line),
          Long::sum);
    }
    Map<String, Long> byRoute = new TreeMap<>();
    for (String line : shop.storefront().metrics("weft_route_requests_total")) {
      byRoute.merge(Metrics.label(line, "route"), Metrics.value(line), Long::sum);
    }
    Step.require(
        byVersion.containsKey("v1 200") && byVersion.containsKey("v2 200"), byVersion.toString());
    Step.require(
        byRoute.containsKey("canary-header") && byRoute.containsKey("split"), byRoute.toString());
    return "requests by version and status " + byVersion + ", by route " + byRoute;
  }
}
