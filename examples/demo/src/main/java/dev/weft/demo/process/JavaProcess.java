package dev.weft.demo.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A JVM running a jar, its output in a file. */
public final class JavaProcess implements AutoCloseable {

  private static final int TAIL_LINES = 40;

  private final String name;
  private final Process process;
  private final Path log;

  private JavaProcess(String name, Process process, Path log) {
    this.name = name;
    this.process = process;
    this.log = log;
  }

  /**
   * @param javaHome whose {@code bin/java} runs it
   * @param jvmOptions before {@code -jar}
   * @param jar whose manifest names the main class
   * @param environment on top of this process's own, less what would leak an agent into the child
   */
  public static JavaProcess start(
      String name,
      Path javaHome,
      List<String> jvmOptions,
      Path jar,
      List<String> arguments,
      Map<String, String> environment,
      Path logDirectory)
      throws IOException {
    if (!Files.exists(jar)) {
      throw new IOException(jar + " does not exist; build it first");
    }
    List<String> program = List.of("-jar", jar.toString());
    return start(name, javaHome, jvmOptions, program, arguments, environment, logDirectory);
  }

  /**
   * @param program what {@code java} runs: {@code -jar} and a jar, or a main class with what it
   *     needs
   */
  static JavaProcess start(
      String name,
      Path javaHome,
      List<String> jvmOptions,
      List<String> program,
      List<String> arguments,
      Map<String, String> environment,
      Path logDirectory)
      throws IOException {
    Files.createDirectories(logDirectory);
    Path log = logDirectory.resolve(name + ".log");
    List<String> command = new ArrayList<>();
    command.add(javaHome.resolve("bin/java").toString());
    command.addAll(jvmOptions);
    command.addAll(program);
    command.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    builder.environment().putAll(environment);
    JavaProcess started = new JavaProcess(name, builder.start(), log);
    Runtime.getRuntime().addShutdownHook(new Thread(started.process::destroyForcibly));
    return started;
  }

  public String name() {
    return name;
  }

  public boolean alive() {
    return process.isAlive();
  }

  /**
   * For conditions that need it alive.
   *
   * @throws Await.Hopeless with the end of what it printed, if it has ended
   */
  public void requireAlive() {
    if (!alive()) {
      throw new Await.Hopeless(name + " ended: " + tail());
    }
  }

  public long pid() {
    return process.pid();
  }

  public Path log() {
    return log;
  }

  /** All that it printed so far. */
  public String output() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The end of what it printed, for an error message. */
  public String tail() {
    List<String> lines = output().lines().toList();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
  }

  /** As {@code kill -9}: no chance to say goodbye. */
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
  }

  /**
   * As {@code kill}; waits until it has ended.
   *
   * @return its exit status: 143 of a JVM that ended in good order, by that signal
   * @throws IllegalStateException with the end of what it printed, if it takes too long
   */
  public int terminate(Duration atMost) throws InterruptedException {
    process.destroy();
    if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new IllegalStateException(name + " does not end: " + tail());
    }
    return process.exitValue();
  }

  /** As {@code kill}; and for good after a while. */
  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
