package dev.weft.config;

import dev.weft.config.model.Resource;
import dev.weft.config.source.Finding;
import dev.weft.config.source.Origin;
import dev.weft.config.source.ResourceName;
import dev.weft.config.source.Severity;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All files of configuration: what each of them says now, and what of it is in force. A refused
 * file leaves its last good content in force; if it never had any, its security policies hold
 * nevertheless, and those that can't be understood deny. If it can't even be read, and nobody knows
 * what it said before, everything is denied. Immutable.
 */
public final class Configuration {

  /** No file. */
  public static final Configuration EMPTY = new Configuration(new TreeMap<>());

  private final SortedMap<String, State> files;
  private final List<Resource> resources;
  private final List<Finding> findings;

  /**
   * @param latest as last read
   * @param inForce the last content that was not refused; null if none ever was
   * @param whenUnreadable what holds if nothing ever was in force, and it can't be read
   */
  private record State(
      ConfigurationFile latest,
      @Nullable ConfigurationFile inForce,
      List<Resource> whenUnreadable) {

    List<Resource> resources() {
      if (inForce != null) {
        return inForce.resources();
      }
      return latest.readable() ? latest.whenRefused() : whenUnreadable;
    }
  }

  private Configuration(SortedMap<String, State> files) {
    this.files = files;
    Map<ResourceName, Resource> byName = new LinkedHashMap<>();
    List<Finding> all = new ArrayList<>();
    for (State state : files.values()) {
      all.addAll(state.latest.findings());
      List<Resource> ofFile = state.resources();
      if (state.latest.refused()) {
        all.add(consequence(state, ofFile));
      }
      for (Resource resource : ofFile) {
        ResourceName name = resource.metadata().resource();
        Resource first = byName.putIfAbsent(name, resource);
        if (first != null) {
          all.add(
              new Finding(
                  Severity.WARNING,
                  resource.metadata().origin(),
                  name,
                  "",
                  "is not in force: it is defined at " + first.metadata().origin() + " too"));
        }
      }
    }
    resources = List.copyOf(byName.values());
    findings = List.copyOf(all);
  }

  private static Finding consequence(State state, List<Resource> inForce) {
    String message;
    if (state.inForce != null) {
      message = "the file is refused; what it said before stays in force";
    } else if (inForce.isEmpty()) {
      message = "the file is refused";
    } else if (!state.latest.readable()) {
      message =
          "nobody knows what the file said before; until it can be read, or is deleted, every port"
              + " of the mesh is STRICT, and every request is denied";
    } else {
      message =
          "the file is refused, and was never good before; its security policies hold "
              + "nevertheless, and those with an error deny";
    }
    return new Finding(
        Severity.WARNING, new Origin(state.latest.path(), 0, 1), ResourceName.NONE, "", message);
  }

  /** With this file added, or in place of what it said before. */
  public Configuration with(ConfigurationFile file) {
    State before = files.get(file.path());
    return with(file, before == null ? List.of() : before.whenUnreadable);
  }

  /**
   * With this file added, of which nobody knows what it said before. While it can't be read, it may
   * be any policy.
   *
   * @param rootNamespace whose policies hold in every namespace
   */
  public Configuration withUnknown(ConfigurationFile file, String rootNamespace) {
    return with(file, FailClosed.policies(file.path(), rootNamespace));
  }

  private Configuration with(ConfigurationFile file, List<Resource> whenUnreadable) {
    SortedMap<String, State> changed = new TreeMap<>(files);
    State before = files.get(file.path());
    ConfigurationFile inForce = !file.refused() ? file : before == null ? null : before.inForce;
    changed.put(file.path(), new State(file, inForce, whenUnreadable));
    return new Configuration(changed);
  }

  /** Without the file of that path. */
  public Configuration without(String path) {
    SortedMap<String, State> changed = new TreeMap<>(files);
    changed.remove(path);
    return new Configuration(changed);
  }

  /** The files' paths, in order. */
  public List<String> paths() {
    return List.copyOf(files.keySet());
  }

  /** A file as last read, refused or not. */
  public Optional<ConfigurationFile> file(String path) {
    return Optional.ofNullable(files.get(path)).map(State::latest);
  }

  /** What is in force, ordered by file and place in it. */
  public List<Resource> resources() {
    return resources;
  }

  /** What there is to say about the files as last read. */
  public List<Finding> findings() {
    return findings;
  }
}
