package dev.weft.xds;

import dev.weft.xds.proto.DeltaDiscoveryRequest;
import dev.weft.xds.proto.DeltaDiscoveryResponse;
import dev.weft.xds.proto.Resource;
import dev.weft.xds.translation.Note;
import dev.weft.xds.translation.ResourceRefused;
import dev.weft.xds.translation.Translation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The resources of one type: which are held, which are wanted, what was said about it to the stream
 * of the moment. A server may send resources that were not asked for (Weft's sends all that a
 * listener leads to); those need no subscription as long as the stream lives. Not thread-safe.
 *
 * @param <T> what a resource is translated to
 */
final class ResourceCache<T> {

  static final String WILDCARD = "*";

  /** Long enough for people, short enough for a gRPC message and a log. */
  private static final int MAX_REASON = 4096;

  private record Held<T>(String version, T value, List<Note> notes) {}

  private final String typeUrl;
  private final Translation.Reader<T> reader;

  private final Map<String, Held<T>> held = new TreeMap<>();
  private final Set<String> missing = new TreeSet<>();
  private final Map<String, String> rejected = new TreeMap<>();
  private Set<String> wanted = Set.of();

  // What this stream was told.
  private final Set<String> subscribed = new TreeSet<>();
  private boolean spoken;

  ResourceCache(String messageName, Translation.Reader<T> reader) {
    this.typeUrl = "type.googleapis.com/" + messageName;
    this.reader = reader;
  }

  String typeUrl() {
    return typeUrl;
  }

  @Nullable T get(String name) {
    Held<T> resource = held.get(name);
    return resource == null ? null : resource.value();
  }

  Set<String> names() {
    return held.keySet();
  }

  List<T> values() {
    return held.values().stream().map(Held::value).toList();
  }

  /**
   * Whether all is known about a name that there is to know now: it is held, or does not exist, or
   * was refused with no good version before.
   */
  boolean settled(String name) {
    return held.containsKey(name) || missing.contains(name) || rejected.containsKey(name);
  }

  /** Takes a name for one that does not exist, until the server says otherwise. */
  void presumeMissing(String name) {
    if (!held.containsKey(name)) {
      missing.add(name);
    }
  }

  /** What is needed from now on; {@link #request} tells the stream. */
  void want(Set<String> names) {
    wanted = names;
  }

  /** A new stream knows nothing; what nobody refers to is not carried over to it. */
  void newStream() {
    subscribed.clear();
    spoken = false;
    if (!wanted.contains(WILDCARD)) {
      held.keySet().retainAll(wanted);
    }
  }

  /**
   * What must be said so that the stream's subscriptions are what is wanted; null if nothing. Never
   * a first request without a name, which would mean all resources of the type.
   */
  DeltaDiscoveryRequest.@Nullable Builder request() {
    Set<String> toSubscribe = new TreeSet<>(wanted);
    toSubscribe.removeAll(subscribed);
    Set<String> toUnsubscribe = new TreeSet<>(subscribed);
    toUnsubscribe.removeAll(wanted);
    DeltaDiscoveryRequest.Builder request = DeltaDiscoveryRequest.newBuilder().setTypeUrl(typeUrl);
    if (spoken) {
      toSubscribe.removeAll(held.keySet());
    } else {
      held.forEach((name, resource) -> request.putInitialResourceVersions(name, resource.version));
    }
    if (toSubscribe.isEmpty() && toUnsubscribe.isEmpty()) {
      return null;
    }
    subscribed.addAll(toSubscribe);
    subscribed.removeAll(toUnsubscribe);
    for (String name : toUnsubscribe) {
      held.remove(name);
      rejected.remove(name);
    }
    missing.retainAll(wanted);
    spoken = true;
    return request
        .addAllResourceNamesSubscribe(toSubscribe)
        .addAllResourceNamesUnsubscribe(toUnsubscribe);
  }

  /**
   * Takes what can be honoured and keeps the last good version of the rest.
   *
   * @return why some resources can't be honoured; null if all can
   */
  @Nullable String accept(DeltaDiscoveryResponse response) {
    spoken = true;
    List<String> reasons = new ArrayList<>();
    for (Resource resource : response.getResourcesList()) {
      String name = resource.getName();
      try {
        Translation<T> translation = reader.read(name, resource.getResource());
        held.put(name, new Held<>(resource.getVersion(), translation.value(), translation.notes()));
        rejected.remove(name);
      } catch (ResourceRefused e) {
        reject(name, String.valueOf(e.getMessage()), reasons);
      } catch (RuntimeException e) {
        // A defect of ours must cost one resource, not the stream.
        reject(name, name + ": can't be translated: " + e, reasons);
      }
      missing.remove(name);
    }
    for (String name : response.getRemovedResourcesList()) {
      held.remove(name);
      rejected.remove(name);
      if (wanted.contains(name)) {
        missing.add(name);
      }
    }
    if (reasons.isEmpty()) {
      return null;
    }
    String all = String.join("; ", reasons);
    return all.length() <= MAX_REASON ? all : all.substring(0, MAX_REASON) + "…";
  }

  private void reject(String name, String reason, List<String> reasons) {
    reasons.add(reason);
    rejected.put(name, reason);
  }

  XdsStatus.TypeStatus status() {
    Map<String, String> versions = new TreeMap<>();
    held.forEach((name, resource) -> versions.put(name, resource.version()));
    return new XdsStatus.TypeStatus(
        versions, new TreeSet<>(subscribed), new TreeSet<>(missing), new TreeMap<>(rejected));
  }

  List<Note> notes() {
    return held.values().stream().flatMap(resource -> resource.notes().stream()).toList();
  }
}
