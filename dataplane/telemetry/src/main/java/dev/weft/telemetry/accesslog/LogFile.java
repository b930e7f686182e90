package dev.weft.telemetry.accesslog;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Where a log goes; the writer's thread alone uses it. A file that was moved away (log rotation) is
 * made anew within a second of the next line, where Envoy waits for SIGUSR1, which is the JVM's.
 */
final class LogFile {

  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final @Nullable Path path;
  private @Nullable OutputStream out;
  private @Nullable Object key;
  private long looked;

  private LogFile(@Nullable Path path, @Nullable OutputStream out) {
    this.path = path;
    this.out = out;
  }

  /**
   * @param path {@code /dev/stdout} and {@code /dev/stderr} are the process's streams
   */
  static LogFile at(String path) {
    return switch (path) {
      // Not System.out, which applications replace by their own logging.
      case "/dev/stdout" -> to(new FileOutputStream(FileDescriptor.out));
      case "/dev/stderr" -> to(new FileOutputStream(FileDescriptor.err));
      default -> new LogFile(Path.of(path), null);
    };
  }

  static LogFile to(OutputStream out) {
    return new LogFile(null, out);
  }

  void write(byte[] line) throws IOException {
    stream().write(line);
  }

  private OutputStream stream() throws IOException {
    OutputStream open = out;
    if (path == null && open != null) {
      return open;
    }
    long now = System.nanoTime();
    if (open == null || (now - looked > LOOK_NANOS && moved())) {
      close();
      open = new FileOutputStream(String.valueOf(path), true);
      out = open;
      key = keyNow();
      looked = now;
    } else if (now - looked > LOOK_NANOS) {
      looked = now;
    }
    return open;
  }

  private boolean moved() {
    Object now = keyNow();
    return now == null || !now.equals(key);
  }

  /** Null if it isn't there. */
  private @Nullable Object keyNow() {
    try {
      return path == null ? null : Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    } catch (IOException e) {
      return null;
    }
  }

  /** Gives a file back; the process's streams stay open. */
  void close() {
    if (path != null && out != null) {
      try {
        out.close();
      } catch (IOException e) {
        // What could be written was.
      }
      out = null;
    }
  }
}
