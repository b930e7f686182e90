package dev.weft.differential;

import static org.junit.jupiter.api.Assumptions.abort;

import dev.weft.demo.process.Await;
import dev.weft.demo.process.ChildProcess;
import dev.weft.demo.process.Http;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;

/** A real Envoy. */
final class Envoy implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final ChildProcess process;

  private Envoy(ChildProcess process) {
    this.process = process;
  }

  /**
   * The program that WEFT_ENVOY names, or else the PATH's. Without it the test is skipped, or fails
   * where {@code weft.tools.required} says that all tools are there.
   */
  static Path require() {
    String named = System.getenv("WEFT_ENVOY");
    Stream<Path> candidates =
        named != null
            ? Stream.of(Path.of(named))
            : Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
                .map(directory -> Path.of(directory, "envoy"));
    return candidates
        .filter(Files::isRegularFile)
        .filter(Files::isExecutable)
        .findFirst()
        .orElseGet(Envoy::missing);
  }

  private static Path missing() {
    String reason = "envoy is not installed";
    if (Boolean.getBoolean("weft.tools.required")) {
      throw new AssertionError(reason);
    }
    System.out.println("skipped: " + reason);
    return abort(reason);
  }

  /**
   * Starts one and waits until it serves. One worker thread: limits and positions are each worker's
   * own.
   *
   * @param bootstrap a file in protobuf's binary form, with the extension {@code pb}
   */
  static Envoy start(Path program, Path bootstrap, int adminPort, Path logs) throws IOException {
    ProcessBuilder command =
        new ProcessBuilder(
            program.toString(),
            "--config-path",
            bootstrap.toString(),
            "--concurrency",
            "1",
            "--disable-hot-restart",
            "--file-flush-interval-msec",
            "20",
            "--log-level",
            "warning");
    Envoy envoy = new Envoy(ChildProcess.start("envoy", command, logs));
    try {
      Await.until(
          "Envoy is ready",
          PATIENCE,
          () -> {
            envoy.process.requireAlive();
            return Http.get("http://127.0.0.1:" + adminPort + "/ready").statusCode() == 200;
          });
    } catch (IllegalStateException e) {
      envoy.close();
      throw e;
    }
    return envoy;
  }

  @Override
  public void close() {
    process.close();
  }
}
