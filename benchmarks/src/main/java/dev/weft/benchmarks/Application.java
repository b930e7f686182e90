package dev.weft.benchmarks;

import dev.weft.demo.process.Await;
import dev.weft.demo.process.ChildProcess;
import dev.weft.demo.process.MeshedApplication;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One of the examples, running.
 *
 * @param mesh its agent; null: it has none
 */
record Application(ChildProcess process, int port, @Nullable MeshedApplication mesh)
    implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** Longer than the agent waits after a start before it loads what only requests need. */
  private static final Duration GLANCE = Duration.ofMillis(1500);

  /**
   * Where {@code /proc/PID/stat} has the time in user mode, after the name; the system's follows.
   */
  private static final int UTIME = 11;

  private static final int MILLIS_PER_TICK = 10;

  private static final String SPARE_PERCENT = "5";

  /** Asks as often as it can until the answer is 200, so that the moment is known well. */
  void awaitAnswer(String path) throws IOException {
    try (HttpConnection connection = new HttpConnection(port, path)) {
      Await.until(
          process.name() + " answers",
          PATIENCE,
          Duration.ofMillis(2),
          () -> {
            process.requireAlive();
            return connection.get() == 200;
          });
    }
  }

  void awaitReady() {
    if (mesh != null) {
      mesh.awaitReady();
    }
  }

  /** How long processors have worked for this process. */
  Duration cpu() {
    return process.cpu();
  }

  /**
   * Waits until what starting has left behind is done.
   *
   * @return what processors have worked for it until then
   */
  Duration awaitQuiet() {
    AtomicReference<Duration> before = new AtomicReference<>(Duration.ZERO);
    Await.until(
        process.name() + " is quiet",
        PATIENCE,
        GLANCE,
        () -> {
          Duration now = cpu();
          Duration used = now.minus(before.getAndSet(now));
          return used.compareTo(GLANCE.dividedBy(50)) < 0;
        });
    return cpu();
  }

  /**
   * How long processors have compiled for this process, as Linux tells it; zero where it doesn't.
   */
  Duration compilation() throws IOException {
    Path threads = Path.of("/proc/" + process.pid() + "/task");
    if (!Files.isDirectory(threads)) {
      return Duration.ZERO;
    }
    long ticks = 0;
    try (DirectoryStream<Path> each = Files.newDirectoryStream(threads)) {
      for (Path thread : each) {
        String stat = Files.readString(thread.resolve("stat"));
        int nameEnd = stat.lastIndexOf(')');
        if (stat.substring(0, nameEnd).endsWith("CompilerThre")) {
          String[] fields = stat.substring(nameEnd + 2).split(" ");
          ticks += Long.parseLong(fields[UTIME]) + Long.parseLong(fields[UTIME + 1]);
        }
      }
    } catch (NoSuchFileException e) {
      // a thread that just ended
    }
    return Duration.ofMillis(ticks * MILLIS_PER_TICK);
  }

  /** Has the JVM do something, as its {@code jcmd} would. */
  void jcmd(String... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString());
    command.add(Long.toString(process.pid()));
    command.addAll(List.of(words));
    Process done =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    if (done.waitFor() != 0) {
      throw new IOException(process.name() + " did not " + String.join(" ", words));
    }
  }

  /**
   * Resident memory of what lives, MB (10⁶ bytes): without what a collector and an allocator keep
   * in store. That store is chance, and larger than what is looked for: by its defaults a JVM keeps
   * between 1.7 and 3.3 times of what lives as heap after a collection, depending on how large the
   * heap had grown before, and glibc keeps what the compilers had used.
   */
  double trimmedMegabytes() throws IOException, InterruptedException {
    jcmd("VM.set_flag", "MinHeapFreeRatio", "0");
    jcmd("VM.set_flag", "MaxHeapFreeRatio", SPARE_PERCENT);
    jcmd("GC.run"); // what it finds dead may hold more by a Cleaner
    Duration unused = awaitQuiet();
    jcmd("GC.run");
    jcmd("System.trim_native_heap");
    return residentMegabytes();
  }

  /** As Linux tells it. */
  private double residentMegabytes() throws IOException {
    return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")) * 1024 / 1e6)
        .findFirst()
        .orElseThrow();
  }

  @Override
  public void close() {
    process.close();
  }
}
