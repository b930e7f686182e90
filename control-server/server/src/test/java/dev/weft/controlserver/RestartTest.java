package dev.weft.controlserver;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What one server leaves to the next. */
class RestartTest {

  @Test
  void aFileThatWasBrokenInBetweenStaysInForceAsItWas(@TempDir Path directory) throws IOException {
    Path config = Files.createDirectory(directory.resolve("config"));
    Path state = directory.resolve("state");
    Path file = config.resolve("services.yaml");
    String good =
        """
        apiVersion: networking.istio.io/v1
        kind: ServiceEntry
        metadata: {name: catalog, namespace: shop}
        spec:
          hosts: [catalog.shop.svc.cluster.local]
          resolution: STATIC
          ports: [{number: 8080, name: http, protocol: HTTP}]
        """;
    Files.writeString(file, good);
    ServerProcess.start(config, state, directory.resolve("1.log")).close();
    Files.writeString(file, good + "\tno: yaml\n");

    try (ServerProcess next = ServerProcess.start(config, state, directory.resolve("2.log"))) {
      assertThat(next.get("/api/status"))
          .contains("the file is refused; what it said before stays in force");
      assertThat(next.get("/api/services")).contains("catalog.shop.svc.cluster.local");
    }
  }
}
