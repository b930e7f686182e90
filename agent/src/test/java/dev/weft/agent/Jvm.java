package dev.weft.agent;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A JVM to be started in a process of its own. */
final class Jvm {

  private final Path home;
  private final List<String> options = new ArrayList<>();
  private final Map<String, String> environment = new HashMap<>();

  /** What a process printed, standard error included, and its exit status. */
  record Result(int status, String output) {

    /** The value printed as {@code key=value}. */
    String value(String key) {
      return output
          .lines()
          .filter(line -> line.startsWith(key + '='))
          .map(line -> line.substring(key.length() + 1))
          .reduce((first, second) -> first + '|' + second)
          .orElseThrow(() -> new AssertionError("no " + key + " in:\n" + output));
    }
  }

  Jvm(Path home) {
    this.home = home;
  }

  /** The homes of the JDKs to test with: this one, and those of {@code weft.test.jdks}. */
  static Stream<Path> homes() {
    String others = System.getProperty("weft.test.jdks", "");
    return Stream.concat(
            Stream.of(System.getProperty("java.home")), Stream.of(others.split("[,;:\\s]+", -1)))
        .filter(home -> !home.isBlank())
        .map(Path::of)
        .distinct();
  }

  /** The version of a JDK, by the file that says so. */
  static Runtime.Version version(Path home) {
    Properties release = new Properties();
    try (Reader file = Files.newBufferedReader(home.resolve("release"))) {
      release.load(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Runtime.Version.parse(release.getProperty("JAVA_VERSION").replace("\"", ""));
  }

  Jvm with(String... jvmOptions) {
    options.addAll(List.of(jvmOptions));
    return this;
  }

  Jvm env(String name, String value) {
    environment.put(name, value);
    return this;
  }

  Result run(String... arguments) {
    return runTool("java", arguments);
  }

  Result runTool(String tool, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(home.resolve("bin").resolve(tool).toString());
    command.addAll(options);
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    builder.environment().putAll(environment);
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("still running: " + command + "\n" + output);
      }
      return new Result(process.exitValue(), output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
