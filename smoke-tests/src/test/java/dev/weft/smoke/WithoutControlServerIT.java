package dev.weft.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.demo.process.Await;
import dev.weft.demo.process.Http;
import dev.weft.demo.process.MeshedApplication;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The control server isn't there, and never was. */
@SuppressWarnings("NullAway.Init") // @BeforeAll's to set
final class WithoutControlServerIT {

  private static final int CONNECTIONS = 50;
  private static final String REQUEST = "GET /items HTTP/1.1\r\nHost: catalog\r\n\r\n";

  private static Path directory;
  private static MeshedApplication catalog;
  private static MeshedApplication storefront;
  private static MeshedApplication strict;

  @BeforeAll
  static void start() throws Exception {
    directory = ShopMesh.directory("without-control-server");
    String nobody = "127.0.0.1:" + Http.freePort();
    strict = start("catalog-strict", "catalog", nobody, "WEFT_INBOUND_INITIAL", "strict");
    catalog = start("catalog", "catalog", nobody, "WEFT_SERVICE", "catalog");
    storefront = start("storefront", "storefront", nobody, "STOREFRONT_CATALOG", catalog.url(""));
  }

  private static MeshedApplication start(
      String name, String example, String control, String variable, String value)
      throws IOException {
    return ShopMesh.sparing(
            MeshedApplication.builder(name, ShopMesh.example(example), ShopMesh.agent()))
        .environment("WEFT_CONTROL", control)
        .environment(variable, value)
        .start(directory);
  }

  @AfterAll
  static void stop() {
    for (MeshedApplication application : List.of(catalog, storefront, strict)) {
      application.close();
    }
  }

  @Test
  void callsGoAsIfTheAgentWereNotThere() throws Exception {
    ShopMesh.awaitAnswer(catalog);
    ShopMesh.awaitAnswer(storefront);
    List<Long> millis = new ArrayList<>();
    for (String client : List.of("/resttemplate", "/httpclient", "/async")) {
      for (int i = 0; i < 20; i++) {
        long start = System.nanoTime();
        var response = Http.get(storefront.url(client));
        millis.add((System.nanoTime() - start) / 1_000_000);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.body()).contains("spindle");
      }
    }
    assertThat(Http.get(storefront.adminUrl("/healthz/ready")).statusCode()).isEqualTo(503);
    Observed.print(
        "no control server: 60 of 60 calls succeed, the slowest after %d ms; not ready",
        millis.stream().mapToLong(Long::longValue).max().orElseThrow());
  }

  @Test
  void strictFromTheFirstConnection() throws Exception {
    // From before the port is bound, looked at so often that the first connection is ours.
    Await.until(
        "a connection is accepted", ShopMesh.LONG, Duration.ofMillis(1), this::closedUnanswered);
    int refused = 1;
    for (; refused < CONNECTIONS; refused++) {
      assertThat(closedUnanswered()).as("accepted as the ones before").isTrue();
    }
    assertThat(Curl.run(strict.url("/items")).refused()).isTrue();
    assertThat(strict.process().output()).contains("Tomcat started");
    Observed.print(
        "WEFT_INBOUND_INITIAL=strict, no control server: %d of %d connections closed unanswered,"
            + " from the first that was accepted",
        refused, refused);
  }

  /**
   * Sends a request, which must not be answered.
   *
   * @return whether the connection was accepted, and then closed
   */
  private boolean closedUnanswered() throws IOException {
    strict.process().requireAlive();
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), strict.port())) {
      assertThat(answer(socket)).isEmpty();
      return true;
    } catch (ConnectException notBound) {
      return false;
    }
  }

  /** All that comes until the connection is closed. */
  private static String answer(Socket socket) {
    try {
      socket.setSoTimeout((int) ShopMesh.SOON.toMillis());
      socket.getOutputStream().write(REQUEST.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    } catch (SocketTimeoutException e) {
      throw new AssertionError("neither answered nor closed", e);
    } catch (IOException reset) {
      return "";
    }
  }
}
