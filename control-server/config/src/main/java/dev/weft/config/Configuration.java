package dev.weft.config;

import dev.weft.config.model.Resource;
import dev.weft.config.source.Finding;
import dev.weft.config.source.Origin;
import dev.weft.config.source.ResourceName;
import dev.weft.config.source.Severity;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * All files of configuration: what each of them says now, and what of it is in force. A refused
 * file leaves its last good content in force; if it never had any, its security policies hold
 * nevertheless, and those that can't be understood deny. If it can't even be read, and nobody knows
 * what it said before, everything is denied. Where several files define a resource, the one that
 * held it before holds it still, so that a new file never displaces what is in force; of several
 * new ones the first by path does. Immutable.
 */
public final class Configuration {

  /** No file. */
  public static final Configuration EMPTY = new Configuration(new TreeMap<>(), Map.of());

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

  /**
   * @param holdersBefore the path of the file that held a resource until now
   */
  private Configuration(SortedMap<String, State> files, Map<ResourceName, String> holdersBefore) {
    this.files = files;
    Map<ResourceName, Resource> held = new HashMap<>();
    for (State state : files.values()) {
      for (Resource resource : state.resources()) {
        ResourceName name = resource.metadata().resource();
        String holder = holdersBefore.get(name);
        held.merge(
            name,
            resource,
            (first, next) ->
                path(next).equals(holder) && !path(first).equals(holder) ? next : first);
      }
    }
    List<Resource> inForce = new ArrayList<>();
    List<Finding> all = new ArrayList<>();
    for (State state : files.values()) {
      all.addAll(state.latest.findings());
      List<Resource> ofFile = state.resources();
      if (state.latest.refused()) {
        all.add(consequence(state, ofFile));
      }
      for (Resource resource : ofFile) {
        ResourceName name = resource.metadata().resource();
        Resource holder = Objects.requireNonNull(held.get(name));
        if (holder == resource) {
          inForce.add(resource);
        } else {
          all.add(
              new Finding(
                  Severity.WARNING,
                  resource.metadata().origin(),
                  name,
                  "",
                  "is not in force: it is defined at " + holder.metadata().origin() + " too"));
        }
      }
    }
    resources = List.copyOf(inForce);
    findings = List.copyOf(all);
  }

  private static String path(Resource resource) {
    return resource.metadata().origin().file();
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
   */
  public Configuration withUnknown(ConfigurationFile file) {
    return with(file, FailClosed.policies(file.path()));
  }

  private Configuration with(ConfigurationFile file, List<Resource> whenUnreadable) {
    SortedMap<String, State> changed = new TreeMap<>(files);
    State before = files.get(file.path());
    ConfigurationFile inForce = !file.refused() ? file : before == null ? null : before.inForce;
    changed.put(file.path(), new State(file, inForce, whenUnreadable));
    return new Configuration(changed, holders());
  }

  /** Without the file of that path. */
  public Configuration without(String path) {
    SortedMap<String, State> changed = new TreeMap<>(files);
    changed.remove(path);
    return new Configuration(changed, holders());
  }

  /** The same files, of which these, by path, held the resources before all others came. */
  public Configuration heldBefore(Map<ResourceName, String> holders) {
    return new Configuration(files, holders);
  }

  /** The path of the file that each resource in force is from. */
  public Map<ResourceName, String> holders() {
    return resources.stream()
        .collect(
            Collectors.toUnmodifiableMap(
                resource -> resource.metadata().resource(), Configuration::path));
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

  /** What is in force of one file, in its order. */
  public List<Resource> resources(String path) {
    return resources.stream().filter(resource -> path(resource).equals(path)).toList();
  }

  /** What there is to say about the files as last read. */
  public List<Finding> findings() {
    return findings;
  }
}
