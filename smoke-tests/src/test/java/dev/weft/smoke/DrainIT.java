package dev.weft.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weft.demo.process.Await;
import dev.weft.demo.process.Http;
import dev.weft.demo.process.MeshedApplication;
import dev.weft.demo.process.SpanReceiver;
import dev.weft.demo.process.SpanReceiver.ReceivedSpan;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The JVM is told to end, and Spring Boot finishes what is under way: so does the mesh. */
final class DrainIT {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String BODY = "a=1";
  private static final int ENDED_BY_SIGTERM = 128 + 15;

  @Test
  void whatIsFinishedAfterSigtermIsInTheMesh() throws Exception {
    try (SpanReceiver spans = SpanReceiver.start();
        ShopMesh mesh = ShopMesh.open("drain", Jdks.own())) {
      Path accessLog = mesh.directory().resolve("storefront.access");
      MeshedApplication catalog = mesh.start(mesh.catalog("catalog-one", "v1"));
      MeshedApplication storefront =
          mesh.start(
              mesh.storefront()
                  .environment("WEFT_ACCESS_LOG", accessLog.toString())
                  .environment("OTEL_EXPORTER_OTLP_ENDPOINT", spans.endpoint())
                  .environment("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
                  // By itself it would export after all is over.
                  .environment("OTEL_BSP_SCHEDULE_DELAY", "600000"));
      mesh.awaitServing(catalog, storefront);
      Await.until("callers are sent there", ShopMesh.SOON, () -> ready(mesh, "storefront"));

      try (Socket first = underWay(storefront, "/items/heddle");
          Socket last = underWay(storefront, "/items/spindle")) {
        assertThat(ProcessHandle.of(storefront.process().pid()).orElseThrow().destroy()).isTrue();
        Await.until(
            "it says that it drains",
            ShopMesh.SOON,
            () -> Http.get(storefront.adminUrl("/healthz/ready")).body().startsWith("draining"));
        Await.until("callers are not", ShopMesh.SOON, () -> !ready(mesh, "storefront"));

        // Only now is a host of the mesh's called for the first time.
        assertThat(finish(first)).startsWith("HTTP/1.1 200").contains("\"catalog-one\"");
        Await.until(
            "it is logged",
            ShopMesh.SOON,
            () -> Files.readString(accessLog).contains("DELETE /items/heddle HTTP/1.1\" 200"));
        Await.until("its spans arrive", ShopMesh.SOON, () -> spans.all().size() >= 2);
        assertThat(spans.all()).extracting(ReceivedSpan::kind).contains("SERVER", "CLIENT");
        assertThat(storefront.metrics("istio_requests_total", "reporter=\"source\"")).hasSize(1);
        List<String> seen = catalog.metrics("istio_requests_total", "reporter=\"destination\"");
        assertThat(seen)
            .singleElement()
            .asString()
            .contains("connection_security_policy=\"mutual_tls\"", "ns/shop/sa/storefront");

        assertThat(finish(last)).startsWith("HTTP/1.1 200");
        assertThat(storefront.process().terminate(ShopMesh.SOON)).isEqualTo(ENDED_BY_SIGTERM);
        List<String> lines = Files.readAllLines(accessLog);
        assertThat(lines).hasSize(2);
        assertThat(spans.all()).as("caller's and server's of both requests").hasSize(4);
        Observed.print("finished after SIGTERM: %s; lines: %s", seen, lines);
      }
    }
  }

  /** As the control server tells callers. */
  private static boolean ready(ShopMesh mesh, String service) throws Exception {
    for (JsonNode workload :
        JSON.readTree(Http.get(mesh.control().url("/api/status")).body()).path("workloads")) {
      if (workload.path("service").asText().equals(service)) {
        return workload.path("ready").asBoolean();
      }
    }
    throw new IllegalStateException(service + " is not registered");
  }

  /**
   * A request that waits for its body, for which Spring looks before the storefront calls anybody.
   */
  private static Socket underWay(MeshedApplication storefront, String path) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), storefront.port());
    socket.setSoTimeout((int) ShopMesh.LONG.toMillis());
    String head =
        "DELETE "
            + path
            + " HTTP/1.1\r\nHost: storefront\r\nConnection: close\r\nExpect: 100-continue\r\n"
            + "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: "
            + BODY.length()
            + "\r\n\r\n";
    socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
    String go = new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
    assertThat(go).isEqualTo("HTTP/1.1 100");
    return socket;
  }

  /** The answer. */
  private static String finish(Socket socket) throws IOException {
    socket.getOutputStream().write(BODY.getBytes(StandardCharsets.US_ASCII));
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
  }
}
