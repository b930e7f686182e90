package dev.weft.controlserver.state;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.function.Supplier;

/**
 * A directory that only its owner can enter. A file appears in it whole or not at all, readable by
 * its owner alone, also when two processes (a server and a {@code token} command) make it at once.
 */
public final class StateDirectory {
  private final Path directory;
  private final boolean posix;

  /** Opens the directory, making it if need be. */
  public StateDirectory(Path directory) {
    this.directory = directory.toAbsolutePath();
    try {
      Path existing = this.directory;
      while (existing != null && !Files.exists(existing)) {
        existing = existing.getParent();
      }
      posix =
          existing != null
              && Files.getFileStore(existing)
                  .supportsFileAttributeView(PosixFileAttributeView.class);
      Files.createDirectories(this.directory, permissions("rwx------"));
    } catch (IOException e) {
      throw new UncheckedIOException("the state directory " + directory + " can't be used", e);
    }
  }

  public Path path(String name) {
    return directory.resolve(name);
  }

  /** The file's text; made and kept now if the file doesn't exist. */
  public synchronized String secret(String name, Supplier<String> make) {
    try (FileChannel lock =
        FileChannel.open(path(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      // Held until the channel is closed.
      lock.lock();
      Path file = path(name);
      if (!Files.exists(file)) {
        write(name, make.get());
      }
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(path(name) + " can't be used", e);
    }
  }

  /** Writes a file, or replaces it, at once. */
  public void write(String name, String text) throws IOException {
    Path temporary = Files.createTempFile(directory, "." + name, "", permissions("rw-------"));
    try {
      Files.writeString(temporary, text);
      Files.move(temporary, path(name), StandardCopyOption.ATOMIC_MOVE);
    } catch (FileSystemException e) {
      Files.deleteIfExists(temporary);
      throw e;
    }
  }

  private FileAttribute<?>[] permissions(String text) {
    return posix
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(text))
        }
        : new FileAttribute<?>[0];
  }
}
