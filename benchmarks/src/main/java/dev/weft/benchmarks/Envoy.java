package dev.weft.benchmarks;

import dev.weft.demo.process.Await;
import dev.weft.demo.process.ChildProcess;
import dev.weft.demo.process.Http;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** A real Envoy, running as a sidecar. */
final class Envoy implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final ChildProcess process;
  private final int port;
  private final int adminPort;

  private Envoy(ChildProcess process, int port, int adminPort) {
    this.process = process;
    this.port = port;
    this.adminPort = adminPort;
  }

  /** The program that WEFT_ENVOY names, or else the PATH's. */
  static Optional<Path> find() {
    String named = System.getenv("WEFT_ENVOY");
    Stream<Path> candidates =
        named != null
            ? Stream.of(Path.of(named))
            : Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
                .map(directory -> Path.of(directory, "envoy"));
    return candidates.filter(Files::isRegularFile).filter(Files::isExecutable).findFirst();
  }

  /**
   * Starts one without waiting, by a template of this package.
   *
   * @param name its template's ({@code NAME.yaml}) and its log's
   * @param values of the template's words in capitals, beside its ports
   * @param directory for its configuration; its log goes to {@code logs} therein
   */
  static Envoy start(Path program, String name, Map<String, String> values, Path directory)
      throws IOException {
    int port = Http.freePort();
    int adminPort = Http.freePort();
    String configuration =
        template(name)
            .replace("LISTEN_PORT", Integer.toString(port))
            .replace("ADMIN_PORT", Integer.toString(adminPort));
    for (Map.Entry<String, String> value : values.entrySet()) {
      configuration = configuration.replace(value.getKey(), value.getValue());
    }
    Path file = Files.writeString(directory.resolve(name + ".yaml"), configuration);
    // As Istio starts its sidecars; two workers are its default.
    ProcessBuilder command =
        new ProcessBuilder(
            program.toString(),
            "--config-path",
            file.toString(),
            "--concurrency",
            "2",
            "--disable-hot-restart",
            "--log-level",
            "warning");
    ChildProcess process = ChildProcess.start(name, command, directory.resolve("logs"));
    return new Envoy(process, port, adminPort);
  }

  private static String template(String name) throws IOException {
    try (InputStream yaml = Envoy.class.getResourceAsStream(name + ".yaml")) {
      if (yaml == null) {
        throw new IllegalStateException("no " + name + ".yaml");
      }
      return new String(yaml.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  void awaitReady() throws IOException {
    Await.until(
        process.name() + " is ready",
        PATIENCE,
        () -> {
          process.requireAlive();
          return Http.get(admin("/ready")).statusCode() == 200;
        });
  }

  /** Where it takes requests, on the loopback address. */
  int port() {
    return port;
  }

  /** How long processors have worked for it. */
  Duration cpu() {
    return process.cpu();
  }

  /** The sum of its counters whose name matches. */
  long count(String regex) throws IOException, InterruptedException {
    String filter = URLEncoder.encode(regex, StandardCharsets.UTF_8);
    return Http.get(admin("/stats?type=Counters&filter=" + filter))
        .body()
        .lines()
        .mapToLong(line -> Long.parseLong(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  private String admin(String path) {
    return "http://127.0.0.1:" + adminPort + path;
  }

  @Override
  public void close() {
    process.close();
  }
}
