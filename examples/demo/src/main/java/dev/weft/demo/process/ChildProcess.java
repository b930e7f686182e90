package dev.weft.demo.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process that ends with this one at the latest, its output in a file. */
public final class ChildProcess implements AutoCloseable {

  private static final int TAIL_LINES = 40;

  private final String name;
  private final Process process;
  private final Path log;

  private ChildProcess(String name, Process process, Path log) {
    this.name = name;
    this.process = process;
    this.log = log;
  }

  /**
   * @param name its log's too
   */
  public static ChildProcess start(String name, ProcessBuilder program, Path logDirectory)
      throws IOException {
    Path log = Files.createDirectories(logDirectory).resolve(name + ".log");
    Process process = program.redirectErrorStream(true).redirectOutput(log.toFile()).start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    return new ChildProcess(name, process, log);
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

  /** How long processors have worked for it. */
  public Duration cpu() {
    return process
        .info()
        .totalCpuDuration()
        .orElseThrow(() -> new IllegalStateException("no CPU time of " + name));
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
