package dev.weft.workload;

import static java.net.http.HttpResponse.BodyHandlers.ofString;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkloadTest {

  private final HttpClient client = HttpClient.newHttpClient();

  @Test
  void saysWhatKeepsItFromStartingAndStartsWhenItIsThere(@TempDir Path directory) throws Exception {
    int port = freePort();
    Path roots = directory.resolve("root.pem");
    try (Workload workload =
        Workload.start(
            new Settings(
                name -> null,
                Map.of(
                    "WEFT_CONTROL", "127.0.0.1:" + freePort(),
                    "WEFT_CONTROL_CA", roots.toString(),
                    "WEFT_ADMIN_PORT", Integer.toString(port))),
            "application",
            "test")) {
      await()
          .atMost(Duration.ofSeconds(30))
          .ignoreExceptions()
          .untilAsserted(() -> assertThat(ready(port)).contains("503", "root.pem"));

      Files.copy(certificate(directory), roots);

      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> assertThat(ready(port)).contains("no configuration yet"));
      assertThat(workload).isNotNull();
    }
  }

  private String ready(int port) throws Exception {
    HttpResponse<String> response =
        client.send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/healthz/ready"))
                .build(),
            ofString());
    return response.statusCode() + " " + response.body();
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
