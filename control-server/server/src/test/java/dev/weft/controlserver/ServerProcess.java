package dev.weft.controlserver;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The control server as a process of its own, as users start it. */
final class ServerProcess implements AutoCloseable {
  private static final Pattern READY =
      Pattern.compile(
          "ready: grpc=127\\.0\\.0\\.1:(\\d+) tls=\\S+:(\\d+) http=127\\.0\\.0\\.1:(\\d+)");

  private final Process process;
  private final Path log;
  final int grpcPort;
  final int tlsPort;
  final int httpPort;

  private ServerProcess(Process process, Path log, Matcher ready) {
    this.process = process;
    this.log = log;
    grpcPort = Integer.parseInt(ready.group(1));
    tlsPort = Integer.parseInt(ready.group(2));
    httpPort = Integer.parseInt(ready.group(3));
  }

  static ServerProcess start(Path config, Path state, Path log, String... options)
      throws IOException {
    List<String> arguments =
        new ArrayList<>(List.of("--config", config.toString(), "--state", state.toString()));
    arguments.addAll(List.of("--grpc-port", "0", "--tls-port", "0", "--http-port", "0"));
    arguments.addAll(List.of(options));
    Process process = main(log, arguments);
    BufferedReader out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      Matcher ready = READY.matcher(line);
      if (ready.find()) {
        return new ServerProcess(process, log, ready);
      }
    }
    throw new IllegalStateException("the server did not start: " + Files.readString(log));
  }

  /** Runs {@code token}; returns what it printed. */
  static String token(String identity, Path state, Path log) throws IOException {
    Process process = main(log, List.of("token", identity, "--state", state.toString()));
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
  }

  /** Runs a command line that fails; returns what it wrote to standard error. */
  static String failure(int exitCode, Path log, List<String> arguments, String... jvmOptions)
      throws IOException {
    Process process = main(log, arguments, jvmOptions);
    try {
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        throw new AssertionError("runs: " + Files.readString(log));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.exitValue()).isEqualTo(exitCode);
    return Files.readString(log);
  }

  private static Process main(Path log, List<String> arguments, String... jvmOptions)
      throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path")));
    command.addAll(List.of(jvmOptions));
    command.add(Main.class.getName());
    command.addAll(arguments);
    return new ProcessBuilder(command)
        .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
        .start();
  }

  String get(String path) {
    try {
      return HttpClient.newHttpClient()
          .send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + httpPort + path)).build(),
              HttpResponse.BodyHandlers.ofString())
          .body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  String log() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.destroy();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
