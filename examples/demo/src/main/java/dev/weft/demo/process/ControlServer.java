package dev.weft.demo.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A standalone control server fed from a directory. */
public final class ControlServer implements AutoCloseable {

  private static final Duration START = Duration.ofMinutes(1);

  private final Path javaHome;
  private final Path jar;
  private final Path directory;
  private final List<String> options;
  private final int grpcPort;
  private final int tlsPort;
  private final int httpPort;
  private ChildProcess process;

  private ControlServer(Path javaHome, Path jar, Path directory, List<String> options)
      throws IOException {
    this.javaHome = javaHome;
    this.jar = jar;
    this.directory = directory;
    this.options = options;
    this.grpcPort = Http.freePort();
    this.tlsPort = Http.freePort();
    this.httpPort = Http.freePort();
    Files.createDirectories(config());
    this.process = launch();
  }

  /**
   * Starts one and waits until it is ready.
   *
   * @param directory for its configuration ({@code config/}), state and log
   * @param options further command-line options
   */
  public static ControlServer start(Path javaHome, Path jar, Path directory, String... options)
      throws IOException {
    ControlServer server = new ControlServer(javaHome, jar, directory, List.of(options));
    server.awaitReady();
    return server;
  }

  private ChildProcess launch() throws IOException {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--config", config().toString(),
                "--state", directory.resolve("state").toString(),
                "--grpc-port", Integer.toString(grpcPort),
                "--tls-port", Integer.toString(tlsPort),
                "--http-port", Integer.toString(httpPort)));
    arguments.addAll(options);
    return JavaProcess.start(
        "control-server",
        javaHome,
        List.of("-Xmx256m", "-XX:TieredStopAtLevel=1"),
        jar,
        arguments,
        Map.of(),
        directory.resolve("logs"));
  }

  private void awaitReady() {
    try {
      Await.until(
          "the control server is ready",
          START,
          () -> {
            process.requireAlive();
            return Http.get(url("/healthz/ready")).statusCode() == 200;
          });
    } catch (Await.Hopeless e) {
      throw e;
    } catch (IllegalStateException e) {
      throw new IllegalStateException(process.tail(), e);
    }
  }

  /** Ends it at once, as a crash would. */
  public void kill() throws InterruptedException {
    process.kill();
  }

  /** Starts it again, on the same ports with the same state. */
  public void restart() throws IOException {
    process = launch();
    awaitReady();
  }

  /** The directory that it watches. */
  public Path config() {
    return directory.resolve("config");
  }

  /** Puts a file into the watched directory, whole at once. */
  public void apply(String fileName, String yaml) throws IOException {
    Path written = directory.resolve(fileName + ".tmp");
    Files.writeString(written, yaml);
    Files.move(
        written,
        config().resolve(fileName),
        java.nio.file.StandardCopyOption.ATOMIC_MOVE,
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
  }

  public void remove(String fileName) throws IOException {
    Files.deleteIfExists(config().resolve(fileName));
  }

  /** {@code host:port} for WEFT_CONTROL. */
  public String address() {
    return "127.0.0.1:" + grpcPort;
  }

  public String url(String path) {
    return "http://127.0.0.1:" + httpPort + path;
  }

  public ChildProcess process() {
    return process;
  }

  /**
   * Has an identity's token made.
   *
   * @param identity {@code NAMESPACE/SERVICE_ACCOUNT}
   * @return a file for WEFT_TOKEN_FILE
   */
  public Path token(String identity) throws IOException, InterruptedException {
    Path file = directory.resolve("token-" + identity.replace('/', '-'));
    if (Files.exists(file)) {
      return file;
    }
    Process token =
        new ProcessBuilder(
                javaHome.resolve("bin/java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-jar",
                jar.toString(),
                "token",
                identity,
                "--state",
                directory.resolve("state").toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String text = new String(token.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    if (token.waitFor() != 0 || text.isEmpty()) {
      throw new IOException("no token for " + identity);
    }
    Files.writeString(file, text);
    return file;
  }

  @Override
  public void close() {
    process.close();
  }
}
