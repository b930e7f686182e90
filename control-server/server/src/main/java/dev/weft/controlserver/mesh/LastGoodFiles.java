package dev.weft.controlserver.mesh;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weft.controlserver.state.StateDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What each file of a configuration directory said when it was last in force, kept for the next
 * server: one that starts beside a file that is refused, or can't be read, goes on with that. Not
 * thread-safe.
 */
public final class LastGoodFiles {
  private static final Logger log = LoggerFactory.getLogger(LastGoodFiles.class);
  private static final String FILE = "configuration.json";

  /**
   * As written.
   *
   * @param directory that the files are in; another one's say nothing about this one's
   * @param texts by file
   * @param unknown files of which it isn't known what they said before
   */
  private record Kept(String directory, Map<String, String> texts, Set<String> unknown) {}

  private final StateDirectory state;
  private final String directory;
  private final ObjectMapper json = new ObjectMapper();
  private final Map<String, String> texts = new TreeMap<>();
  private final Set<String> unknown = new TreeSet<>();
  private final boolean nothingKnown;
  private @Nullable Kept written;

  private LastGoodFiles(StateDirectory state, Path directory) {
    this.state = state;
    this.directory = directory.toAbsolutePath().normalize().toString();
    written = read();
    nothingKnown = written == null;
    if (written != null) {
      texts.putAll(written.texts);
      unknown.addAll(written.unknown);
    }
  }

  /** Those of the last server that had this state directory and this directory of configuration. */
  public static LastGoodFiles in(StateDirectory state, Path configuration) {
    return new LastGoodFiles(state, configuration);
  }

  private @Nullable Kept read() {
    Path file = state.path(FILE);
    try {
      if (!Files.exists(file)) {
        return null;
      }
      Kept kept = json.readValue(file.toFile(), Kept.class);
      return kept.directory.equals(directory) ? kept : null;
    } catch (IOException e) {
      log.warn("what was in force before can't be read: {}", e.toString());
      return null;
    }
  }

  /** What the file said when it was last in force; empty if it never was, or nobody knows. */
  Optional<String> text(String file) {
    return Optional.ofNullable(texts.get(file));
  }

  /** Whether the file may have said something that nobody remembers. */
  boolean isUnknown(String file) {
    return nothingKnown || unknown.contains(file);
  }

  void good(String file, String text) {
    texts.put(file, text);
    unknown.remove(file);
  }

  /** The file can't be read, nor is it known what it said. */
  void unknown(String file) {
    unknown.add(file);
  }

  void gone(String file) {
    texts.remove(file);
    unknown.remove(file);
  }

  /** Forgets all others. */
  void retain(Set<String> files) {
    texts.keySet().retainAll(files);
    unknown.retainAll(files);
  }

  /** Keeps it for the next server. */
  void write() {
    Kept kept = new Kept(directory, Map.copyOf(texts), Set.copyOf(unknown));
    if (kept.equals(written)) {
      return;
    }
    try {
      state.write(FILE, json.writeValueAsString(kept));
      written = kept;
    } catch (IOException e) {
      log.warn("what is in force can't be kept for the next server: {}", e.toString());
    }
  }
}
