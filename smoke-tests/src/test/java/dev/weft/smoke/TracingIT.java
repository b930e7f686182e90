package dev.weft.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.demo.process.Await;
import dev.weft.demo.process.Http;
import dev.weft.demo.process.MeshedApplication;
import dev.weft.smoke.Jaeger.Span;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Spans, as a real Jaeger received them over OTLP and tells them. */
final class TracingIT {

  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String CALLER = "00f067aa0ba902b7";

  @Test
  void oneTraceAcrossTheHopsAndAcrossThreads() throws Exception {
    Path directory = ShopMesh.directory("tracing");
    try (Jaeger jaeger = Jaeger.start(directory);
        ShopMesh mesh = ShopMesh.open("tracing", Jdks.own())) {
      MeshedApplication catalog =
          mesh.start(
              mesh.catalog("catalog", "v1")
                  .environment("OTEL_EXPORTER_OTLP_ENDPOINT", jaeger.endpoint())
                  .environment("OTEL_BSP_SCHEDULE_DELAY", "200"));
      MeshedApplication storefront =
          mesh.start(
              mesh.storefront()
                  .environment("OTEL_EXPORTER_OTLP_ENDPOINT", jaeger.endpoint())
                  .environment("OTEL_BSP_SCHEDULE_DELAY", "200"));
      mesh.awaitServing(catalog, storefront);
      ShopMesh.awaitAnswers(storefront, "/httpclient", "catalog");

      // Hops to another thread before it calls.
      var response =
          Http.get(storefront.url("/async"), "traceparent", "00-" + TRACE + "-" + CALLER + "-01");

      assertThat(response.statusCode()).isEqualTo(200);
      List<Span> chain = new ArrayList<>();
      Await.until(
          "three linked spans in Jaeger",
          ShopMesh.SOON,
          () -> {
            chain.clear();
            chain.addAll(chain(jaeger.trace(TRACE)));
            return chain.size() == 3;
          });
      assertThat(chain)
          .extracting(span -> span.service() + " " + span.kind())
          .containsExactly("storefront server", "storefront client", "catalog server");
      Observed.print("Jaeger has one trace: %s", chain);
    }
  }

  /** From the child of our own span down to the last child. */
  private static List<Span> chain(List<Span> spans) {
    List<Span> chain = new ArrayList<>();
    String parent = CALLER;
    for (int i = 0; i < spans.size(); i++) {
      for (Span span : spans) {
        if (span.parentId().equals(parent) && !chain.contains(span)) {
          chain.add(span);
          parent = span.id();
        }
      }
    }
    return chain;
  }
}
