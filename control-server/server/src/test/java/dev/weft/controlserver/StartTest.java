package dev.weft.controlserver;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a server that can't start says, and leaves alone. */
class StartTest {
  private static final Map<String, String> ANY_PORTS =
      Map.of("--grpc-port", "0", "--tls-port", "0", "--http-port", "0");

  private final Path directory;
  private final Path config;
  private final Path state;
  private final Path log;

  StartTest(@TempDir Path directory) throws IOException {
    this.directory = directory;
    config = Files.createDirectory(directory.resolve("config"));
    state = directory.resolve("state");
    log = directory.resolve("failure.log");
    Files.writeString(config.resolve("empty.yaml"), "");
  }

  /** What is said by one with that port, and any other ports. */
  private String failure(int exitCode, String option, String port) throws IOException {
    Map<String, String> options = new TreeMap<>(ANY_PORTS);
    options.put(option, port);
    List<String> arguments =
        new ArrayList<>(List.of("--config", config.toString(), "--state", state.toString()));
    options.forEach((name, value) -> arguments.add(name + "=" + value));
    return ServerProcess.failure(exitCode, log, arguments);
  }

  @Test
  void aStateDirectoryHasOneServer() throws IOException {
    try (ServerProcess first = ServerProcess.start(config, state, directory.resolve("first.log"))) {
      String kept = Files.readString(state.resolve("configuration.json"));

      assertThat(failure(1, "--grpc-port", "0"))
          .contains(state + " is used by another control server");
      assertThat(state.resolve("configuration.json")).hasContent(kept);
      assertThat(ServerProcess.token("shop/catalog", state, directory.resolve("token.log")))
          .isNotEmpty();
      assertThat(first.get("/healthz/ready")).contains("true");
    }
    ServerProcess.start(config, state, directory.resolve("second.log")).close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"--grpc-port", "--tls-port", "--http-port"})
  void aPortThatIsTakenIsNamedBeforeAnythingIsInForce(String option) throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = String.valueOf(taken.getLocalPort());

      assertThat(failure(1, option, port))
          .contains(option + ": port " + port + " can't be bound: Address already in use")
          .doesNotContain("empty.yaml");
      assertThat(state.resolve("configuration.json")).doesNotExist();
    }
  }

  @Test
  void aTokenOfANewKeyIsToldSo() throws IOException {
    String first = ServerProcess.token("shop/catalog", state, directory.resolve("1.log"));
    ServerProcess.token("shop/catalog", state, directory.resolve("2.log"));

    assertThat(first).matches("[\\w-]+\\.[\\w-]+\\.[\\w-]+");
    assertThat(directory.resolve("1.log"))
        .content()
        .contains(state.resolve("token-key.json") + " is made");
    assertThat(directory.resolve("2.log")).isEmptyFile();
  }

  @Test
  void errorsCallTheCommandAsItWasCalled() throws IOException {
    assertThat(ServerProcess.failure(2, log, List.of("token"), "-Dweft.launcher=weft"))
        .contains("Usage: weft token ");
    assertThat(ServerProcess.failure(2, log, List.of("token")))
        .contains("Usage: weft-control-server token ");
    assertThat(ServerProcess.failure(2, log, List.of("--nothing"), "-Dweft.launcher=weft"))
        .contains("Usage: weft control ");
  }

  @ParameterizedTest
  @CsvSource({"--grpc-port, 70000", "--tls-port, -1", "--http-port, http"})
  void aPortThatIsNoneIsNamed(String option, String port) throws IOException {
    assertThat(failure(2, option, port))
        .contains(option)
        .contains("\"" + port + "\" is not a port");
    assertThat(state).doesNotExist();
  }
}
