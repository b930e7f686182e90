package dev.weft.controlserver.state;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.function.Supplier;

/**
 * A directory that only its owner can enter. A file appears in it whole or not at all, readable by
 * its owner alone, also when two processes (a server and a {@code token} command) make it at once.
 * Whoever changes files as it runs, which only a server does, must hold the directory.
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

  /**
   * Makes it this process's alone until what is returned is closed, or the process has ended
   * however. Others may still read it, and make keys.
   *
   * @throws IOException if another control server holds it, or it can't be written to
   */
  public Closeable hold() throws IOException {
    FileChannel channel = lockFile();
    boolean held = false;
    try {
      held = channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      // Somebody else in this very process has it.
    } finally {
      if (!held) {
        channel.close();
      }
    }
    if (!held) {
      throw new IOException(directory + " is used by another control server");
    }
    return channel;
  }

  private FileChannel lockFile() throws IOException {
    try {
      return FileChannel.open(path(".server"), CREATE, WRITE);
    } catch (IOException e) {
      throw new IOException("the state directory " + directory + " can't be used: " + e, e);
    }
  }

  /** The file's text; made and kept now if the file doesn't exist. */
  public synchronized String secret(String name, Supplier<String> make) {
    try (FileChannel lock = FileChannel.open(path(".lock"), CREATE, WRITE)) {
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
