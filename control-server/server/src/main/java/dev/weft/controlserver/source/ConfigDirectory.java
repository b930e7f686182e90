package dev.weft.controlserver.source;

import dev.weft.controlserver.source.FileChange.Deleted;
import dev.weft.controlserver.source.FileChange.Unreadable;
import dev.weft.controlserver.source.FileChange.Written;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A directory of YAML files, watched with all that is below it; names that begin with a dot are
 * left out (editors' files, and the double view of a mounted ConfigMap), as is {@code lost+found}.
 * File system events say only <em>when</em> to look; what has changed comes from looking. So a
 * missed event, a rename over a file or an event too many does no harm, and without events the next
 * look comes half a second later.
 */
public final class ConfigDirectory implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ConfigDirectory.class);

  private static final Duration LOOK_AT_LEAST_EVERY = Duration.ofMillis(500);

  /** Time without events after which a change counts as finished. */
  private static final Duration QUIET = Duration.ofMillis(30);

  private static final Duration WAIT_FOR_QUIET_AT_MOST = Duration.ofMillis(300);

  /** A file must be missing for so long to count as deleted: some editors delete, then write. */
  private static final Duration DELETED_AFTER = Duration.ofMillis(150);

  private record Seen(FileTime modified, long size, @Nullable Object inode) {
    static Seen of(BasicFileAttributes attributes) {
      return new Seen(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
    }
  }

  private record Found(Path path, Seen seen) {}

  private final Path root;
  private final Consumer<List<FileChange>> onChange;
  private final WatchService watcher;
  private final Thread thread;

  // Touched by the first look, then by the thread only.
  private final Map<Path, WatchKey> watched = new HashMap<>();
  private final Map<String, Seen> seen = new HashMap<>();
  private final Map<String, FileChange> told = new HashMap<>();
  private final Map<String, Long> missingSince = new HashMap<>();
  private final Set<String> passedOver = new HashSet<>();
  private boolean rootMissing;
  private boolean looked;

  private ConfigDirectory(Path root, Consumer<List<FileChange>> onChange) throws IOException {
    this.root = root;
    this.onChange = onChange;
    this.watcher = root.getFileSystem().newWatchService();
    this.thread = new Thread(this::watch, "weft-config-directory");
    thread.setDaemon(true);
  }

  /**
   * Reads the directory, tells what is in it (in this thread, before this method returns), and goes
   * on telling changes (in a thread of its own) until closed.
   *
   * @param onChange gets the changes of one look together; none only if the first look finds none
   * @throws IOException if there is no such directory now, or it or one below can't be read; if
   *     that comes later, what was last read stays
   */
  public static ConfigDirectory watch(Path root, Consumer<List<FileChange>> onChange)
      throws IOException {
    if (!Files.isDirectory(root)) {
      throw new NotDirectoryException(root + " is not a directory");
    }
    ConfigDirectory directory = new ConfigDirectory(root, onChange);
    if (!directory.look()) {
      directory.close();
      throw new IOException(root + " can't be read");
    }
    directory.thread.start();
    return directory;
  }

  @Override
  public void close() {
    try {
      watcher.close();
    } catch (IOException e) {
      log.debug("closing the watch of {}", root, e);
    }
  }

  private void watch() {
    try {
      while (true) {
        Duration wait = missingSince.isEmpty() ? LOOK_AT_LEAST_EVERY : DELETED_AFTER;
        WatchKey key = watcher.poll(wait.toMillis(), TimeUnit.MILLISECONDS);
        awaitQuiet(key);
        try {
          look();
        } catch (RuntimeException e) {
          log.error("a change of {} could not be taken in", root, e);
        }
      }
    } catch (ClosedWatchServiceException e) {
      log.debug("{} is no longer watched", root);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void awaitQuiet(@Nullable WatchKey first) throws InterruptedException {
    long until = System.nanoTime() + WAIT_FOR_QUIET_AT_MOST.toNanos();
    WatchKey key = first;
    while (key != null) {
      key.pollEvents();
      key.reset();
      key =
          System.nanoTime() < until ? watcher.poll(QUIET.toMillis(), TimeUnit.MILLISECONDS) : null;
    }
  }

  /** Whether there was something to see. */
  private boolean look() {
    Map<String, Found> files = new TreeMap<>();
    if (!walk(files)) {
      return false;
    }
    List<FileChange> changes = new ArrayList<>();
    files.forEach(
        (name, found) -> {
          missingSince.remove(name);
          if (!found.seen.equals(seen.put(name, found.seen))) {
            FileChange change = read(name, found.path);
            if (!change.equals(told.put(name, change))) {
              changes.add(change);
            }
          }
        });
    long time = System.nanoTime();
    for (String name : List.copyOf(told.keySet())) {
      if (!files.containsKey(name)) {
        long since = missingSince.computeIfAbsent(name, missing -> time);
        if (time - since >= DELETED_AFTER.toNanos()) {
          missingSince.remove(name);
          told.remove(name);
          changes.add(new Deleted(name));
        }
      }
    }
    seen.keySet().retainAll(files.keySet());
    if (!changes.isEmpty() || !looked) {
      looked = true;
      onChange.accept(changes);
    }
    return true;
  }

  private static FileChange read(String name, Path path) {
    try {
      return new Written(name, Files.readString(path));
    } catch (CharacterCodingException e) {
      return new Unreadable(name, "the file is not UTF-8 text");
    } catch (IOException | SecurityException e) {
      return new Unreadable(name, "the file can't be read: " + e);
    }
  }

  /** Lists the files and watches the directories; false if that can't be done now. */
  private boolean walk(Map<String, Found> files) {
    watched.values().removeIf(key -> !key.isValid());
    try {
      Files.walkFileTree(
          root,
          EnumSet.of(FileVisitOption.FOLLOW_LINKS),
          Integer.MAX_VALUE,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(
                Path directory, BasicFileAttributes attributes) {
              if (!directory.equals(root) && hidden(directory)) {
                return FileVisitResult.SKIP_SUBTREE;
              }
              watch(directory);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              if (!attributes.isRegularFile() || hidden(file)) {
                return FileVisitResult.CONTINUE;
              }
              String name = root.relativize(file).toString().replace('\\', '/');
              if (isYaml(file)) {
                files.put(name, new Found(file, Seen.of(attributes)));
              } else if (seemsMeant(file) && passedOver.add(name)) {
                log.warn("{} is not read: only files named *.yaml or *.yml are", name);
              }
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
              if (file.equals(root) || (e instanceof AccessDeniedException && !hidden(file))) {
                // What is in it is not gone.
                throw e;
              }
              // Gone while we looked, a dangling link or a loop of links: not there.
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) {
              return FileVisitResult.CONTINUE;
            }
          });
      rootMissing = false;
      return true;
    } catch (IOException e) {
      if (!rootMissing) {
        rootMissing = true;
        log.warn("{} can't be read now; what was last read stays in force: {}", root, e.toString());
      }
      return false;
    }
  }

  private void watch(Path directory) {
    watched.computeIfAbsent(
        directory,
        path -> {
          try {
            return path.register(
                watcher,
                StandardWatchEventKinds.ENTRY_CREATE,
                StandardWatchEventKinds.ENTRY_MODIFY,
                StandardWatchEventKinds.ENTRY_DELETE);
          } catch (NoSuchFileException e) {
            return null;
          } catch (IOException e) {
            log.debug("no events for {}, so it is looked at regularly", path, e);
            return null;
          }
        });
  }

  private static boolean hidden(Path path) {
    String name = path.getFileName().toString();
    return name.startsWith(".") || name.equals("lost+found");
  }

  private static boolean isYaml(Path path) {
    String name = path.getFileName().toString();
    return name.endsWith(".yaml") || name.endsWith(".yml");
  }

  /** Whether somebody may take it for configuration. */
  private static boolean seemsMeant(Path path) {
    String name = path.getFileName().toString().toLowerCase(Locale.ROOT);
    return name.endsWith(".json") || name.endsWith(".yaml") || name.endsWith(".yml");
  }
}
