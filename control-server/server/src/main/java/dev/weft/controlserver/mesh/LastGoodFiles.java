package dev.weft.controlserver.mesh;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weft.config.source.ResourceName;
import dev.weft.controlserver.state.StateDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
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
   * As written, for each directory of configuration: one's files say nothing about another's.
   *
   * @param texts by file
   * @param unknown files of which it isn't known what they said before
   * @param holders which of the files a resource in force is from
   */
  private record Kept(Map<String, String> texts, Set<String> unknown, Set<Holder> holders) {}

  private record Holder(String file, ResourceName resource) {}

  private static final TypeReference<Map<String, Kept>> BY_DIRECTORY = new TypeReference<>() {};

  private final StateDirectory state;
  private final String directory;
  private final ObjectMapper json = new ObjectMapper();
  private final Map<String, String> texts = new TreeMap<>();
  private final Set<String> unknown = new TreeSet<>();
  private final Map<ResourceName, String> holders = new TreeMap<>();
  private final Map<String, Kept> written;
  private final boolean nothingKnown;

  private LastGoodFiles(StateDirectory state, Path directory) {
    this.state = state;
    this.directory = directory.toAbsolutePath().normalize().toString();
    written = read();
    Kept kept = written.get(this.directory);
    nothingKnown = kept == null;
    if (kept != null) {
      texts.putAll(kept.texts);
      unknown.addAll(kept.unknown);
      kept.holders.forEach(holder -> holders.put(holder.resource, holder.file));
    }
  }

  /** Those of the last server that had this state directory and this directory of configuration. */
  public static LastGoodFiles in(StateDirectory state, Path configuration) {
    return new LastGoodFiles(state, configuration);
  }

  private Map<String, Kept> read() {
    Path file = state.path(FILE);
    try {
      return Files.exists(file) ? json.readValue(file.toFile(), BY_DIRECTORY) : new TreeMap<>();
    } catch (IOException e) {
      log.warn("what was in force before can't be read: {}", e.toString());
      return new TreeMap<>();
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

  /** Which file each resource that was in force is from. */
  Map<ResourceName, String> holders() {
    return Map.copyOf(holders);
  }

  void holders(Map<ResourceName, String> now) {
    holders.clear();
    holders.putAll(now);
  }

  /** Keeps it for the next server. */
  void write() {
    Kept kept =
        new Kept(
            Map.copyOf(texts),
            Set.copyOf(unknown),
            holders.entrySet().stream()
                .map(holder -> new Holder(holder.getValue(), holder.getKey()))
                .collect(Collectors.toUnmodifiableSet()));
    if (kept.equals(written.get(directory))) {
      return;
    }
    Map<String, Kept> all = new TreeMap<>(written);
    all.put(directory, kept);
    try {
      state.write(FILE, json.writeValueAsString(all));
      written.put(directory, kept);
    } catch (IOException e) {
      log.warn("what is in force can't be kept for the next server: {}", e.toString());
    }
  }
}
