package dev.weft.workload;

import static java.net.http.HttpResponse.BodyHandlers.ofString;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkloadTest {

  private final HttpClient client = HttpClient.newHttpClient();

  @Test
  void saysOnceAndWithoutATraceThatTheRootsCannotBeRead(@TempDir Path directory) throws Exception {
    Path roots = directory.resolve("root.pem");
    Queue<LogRecord> records = new ConcurrentLinkedQueue<>();
    Logger log = Logger.getLogger(Workload.class.getName());
    Handler handler = collecting(records);
    log.addHandler(handler);
    try (Workload workload = trusting(roots, freePort())) {
      await().until(() -> !records.isEmpty());
      // Long enough for the second attempt, which comes after one second.
      await().during(Duration.ofMillis(1500)).until(() -> records.size() == 1);
      Files.move(Files.writeString(directory.resolve("root.tmp"), "not PEM"), roots);
      await().atMost(Duration.ofSeconds(30)).until(() -> records.size() > 1);

      assertThat(records)
          .extracting(LogRecord::getMessage)
          .satisfiesExactly(
              first -> assertThat(first).startsWith("WEFT_CONTROL_CA=" + roots + ": no such file"),
              second -> assertThat(second).startsWith("WEFT_CONTROL_CA=" + roots + ": does not"));
      assertThat(records).extracting(LogRecord::getThrown).containsOnlyNulls();
    } finally {
      log.removeHandler(handler);
    }
  }

  private static Handler collecting(Queue<LogRecord> records) {
    return new Handler() {
      @Override
      public void publish(LogRecord record) {
        records.add(record);
      }

      @Override
      public void flush() {}

      @Override
      public void close() {}
    };
  }

  @Test
  void saysWhatKeepsItFromStartingAndStartsWhenItIsThere(@TempDir Path directory) throws Exception {
    int port = freePort();
    Path roots = directory.resolve("root.pem");
    try (Workload workload = trusting(roots, port)) {
      await()
          .atMost(Duration.ofSeconds(30))
          .ignoreExceptions()
          .untilAsserted(() -> assertThat(ready(port)).contains("503", "root.pem"));

      Files.copy(certificate(directory), roots);

      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> assertThat(ready(port)).contains("no configuration yet"));
      workload.showAdviceFailures(() -> 3);
      assertThat(get(port, "/stats/prometheus").body()).contains("weft_advice_failures_total 3.0");
    }
  }

  @Test
  void drainsWithItsPagesOpenAndConnectsAllTheSame(@TempDir Path directory) throws Exception {
    int port = freePort();
    Path roots = directory.resolve("root.pem");
    try (Workload workload = trusting(roots, port)) {
      await()
          .atMost(Duration.ofSeconds(30))
          .ignoreExceptions()
          .untilAsserted(() -> assertThat(ready(port)).contains("root.pem"));

      workload.drain();
      assertThat(ready(port)).startsWith("503 draining").contains("root.pem");

      Files.copy(certificate(directory), roots);
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(
              () -> assertThat(ready(port)).contains("draining", "no configuration yet"));

      workload.drain();
      assertThat(ready(port)).startsWith("503 draining").contains("no configuration yet");
      assertThat(get(port, "/stats/prometheus").body()).contains("weft_advice_failures_total");
    }
    assertThatThrownBy(() -> ready(port)).isInstanceOf(ConnectException.class);
  }

  /** A workload without a control server. */
  private static Workload trusting(Path roots, int adminPort) throws IOException {
    return Workload.start(
        new Settings(
            name -> null,
            Map.of(
                "WEFT_CONTROL", "127.0.0.1:" + freePort(),
                "WEFT_CONTROL_CA", roots.toString(),
                "WEFT_ADMIN_PORT", Integer.toString(adminPort))),
        "application",
        "test");
  }

  private String ready(int port) throws Exception {
    HttpResponse<String> response = get(port, "/healthz/ready");
    return response.statusCode() + " " + response.body();
  }

  private HttpResponse<String> get(int port, String path) throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(), ofString());
  }

  private static Path certificate(Path directory) throws Exception {
    Path store = directory.resolve("store.p12");
    Path pem = directory.resolve("certificate.pem");
    keytool("-genkeypair -keyalg EC -alias x -dname CN=root -keystore " + store);
    keytool("-exportcert -rfc -alias x -file " + pem + " -keystore " + store);
    return pem;
  }

  private static void keytool(String arguments) throws Exception {
    Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
    Process process =
        new ProcessBuilder((keytool + " " + arguments + " -storepass changeit").split(" ", -1))
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
