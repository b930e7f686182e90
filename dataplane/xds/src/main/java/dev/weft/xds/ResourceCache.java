package dev.weft.xds;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.weft.xds.proto.Resource;
import dev.weft.xds.translation.Note;
import dev.weft.xds.translation.ResourceRefused;
import dev.weft.xds.translation.Translation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
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

  /** Says which resource a message is; not every response does. */
  @FunctionalInterface
  interface Namer {
    String name(ByteString message) throws InvalidProtocolBufferException;
  }

  /** Runs what changes resources, later, and sees to it that the change takes effect. */
  @FunctionalInterface
  interface Later {
    void after(Duration delay, Runnable change);
  }

  private final String typeUrl;
  private final Namer namer;
  private final Translation.Reader<T> reader;
  private final Later later;

  private final Map<String, Held<T>> held = new TreeMap<>();
  private final Set<String> missing = new TreeSet<>();
  private final Map<String, String> rejected = new TreeMap<>();
  private Set<String> wanted = Set.of();

  /** Of the last response that was accepted whole; empty if there is none. */
  private String version = "";

  /**
   * Each time a resource is received or prolonged, so that only the last clock of a name counts.
   */
  private final Map<String, Long> receipts = new TreeMap<>();

  private long receipt;

  // What this stream was told.
  private final Set<String> subscribed = new TreeSet<>();
  private boolean spoken;

  /** Whether the stream's server can make sense of the versions held. */
  private boolean versionsKnown;

  ResourceCache(String messageName, Namer namer, Translation.Reader<T> reader, Later later) {
    this.typeUrl = "type.googleapis.com/" + messageName;
    this.namer = namer;
    this.reader = reader;
    this.later = later;
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

  /** Which of these names the stream was told of and nothing was heard of. */
  Set<String> unheard(Set<String> names) {
    return names.stream()
        .filter(name -> !name.equals(WILDCARD) && subscribed.contains(name) && !settled(name))
        .collect(Collectors.toSet());
  }

  /** What is needed from now on; {@link #change} tells the stream. */
  void want(Set<String> names) {
    wanted = names;
  }

  /**
   * A new stream knows nothing; what nobody refers to is not carried over to it.
   *
   * @param sameServer as before: versions are a server's own
   */
  void newStream(boolean sameServer) {
    subscribed.clear();
    spoken = false;
    versionsKnown = sameServer;
    if (!sameServer) {
      version = "";
    }
    if (!wanted.contains(WILDCARD)) {
      held.keySet().retainAll(wanted);
    }
  }

  /**
   * What must be said so that the stream's subscriptions are what is wanted; null if nothing. Never
   * a first request without a name, which would mean all resources of the type.
   *
   * @param bringsUnasked {@link AdsStream#bringsUnasked}
   */
  @Nullable Interest change(boolean bringsUnasked) {
    Set<String> added = new TreeSet<>(wanted);
    added.removeAll(subscribed);
    Set<String> removed = new TreeSet<>(subscribed);
    removed.removeAll(wanted);
    Map<String, String> initial = new TreeMap<>();
    String known = version;
    if (!spoken) {
      // Another server's may mean something else. One that it can't know makes it send all anew,
      // and say what is gone.
      held.forEach((name, it) -> initial.put(name, versionsKnown ? it.version : ""));
      // It would not send what it must take for known.
      known = held.keySet().containsAll(wanted) ? version : "";
    } else if (bringsUnasked) {
      added.removeAll(held.keySet());
    }
    if (added.isEmpty() && removed.isEmpty()) {
      return null;
    }
    subscribed.addAll(added);
    subscribed.removeAll(removed);
    for (String name : removed) {
      held.remove(name);
      rejected.remove(name);
    }
    missing.retainAll(wanted);
    spoken = true;
    return new Interest(typeUrl, added, removed, Set.copyOf(subscribed), initial, known);
  }

  /** What the stream was told last, with nothing new. */
  Interest standing() {
    return new Interest(typeUrl, Set.of(), Set.of(), Set.copyOf(subscribed), Map.of(), version);
  }

  /**
   * Takes what can be honoured and keeps the last good version of the rest.
   *
   * @return why some resources can't be honoured; null if all can
   */
  @Nullable String accept(Update update) {
    spoken = true;
    List<String> reasons = new ArrayList<>();
    Set<String> named = new HashSet<>();
    boolean complete = update.complete();
    for (Resource resource : update.resources()) {
      String name = name(resource);
      if (name == null) {
        reasons.add("a resource that can't be decoded, or is of another type");
        complete = false; // it may be any
        continue;
      }
      named.add(name);
      if (!Update.isHeartbeat(resource)) {
        take(name, resource, reasons);
      } else if (isHeldIn(resource.getVersion(), name)) {
        limitLife(name, resource);
      }
    }
    update.removed().forEach(this::gone);
    if (complete) {
      // Of what was never heard of it's too early to say so: it may not have been asked for yet
      // when this was sent.
      Set<String> absent = new TreeSet<>(held.keySet());
      absent.addAll(rejected.keySet());
      absent.removeAll(named);
      absent.forEach(this::gone);
    }
    if (reasons.isEmpty()) {
      version = update.version();
      return null;
    }
    String all = String.join("; ", reasons);
    return all.length() <= MAX_REASON ? all : all.substring(0, MAX_REASON) + "…";
  }

  private @Nullable String name(Resource resource) {
    if (!resource.getName().isEmpty() || Update.isHeartbeat(resource)) {
      return resource.getName();
    }
    try {
      return resource.getResource().getTypeUrl().equals(typeUrl)
          ? namer.name(resource.getResource().getValue())
          : null;
    } catch (InvalidProtocolBufferException e) {
      return null;
    }
  }

  private void take(String name, Resource resource, List<String> reasons) {
    try {
      Translation<T> translation = reader.read(name, resource.getResource());
      held.put(name, new Held<>(resource.getVersion(), translation.value(), translation.notes()));
      rejected.remove(name);
      limitLife(name, resource);
    } catch (ResourceRefused e) {
      reject(name, String.valueOf(e.getMessage()), reasons);
    } catch (RuntimeException e) {
      // A defect of ours must cost one resource, not the stream.
      reject(name, name + ": can't be translated: " + e, reasons);
    }
    missing.remove(name);
  }

  private boolean isHeldIn(String version, String name) {
    Held<T> resource = held.get(name);
    return resource != null && resource.version().equals(version);
  }

  /** From now on, by its TTL; what has none lives until it is removed. */
  private void limitLife(String name, Resource resource) {
    long mine = ++receipt;
    receipts.put(name, mine);
    if (resource.hasTtl()) {
      var ttl = resource.getTtl();
      later.after(
          Duration.ofSeconds(ttl.getSeconds(), ttl.getNanos()),
          () -> {
            if (receipts.getOrDefault(name, 0L) == mine && held.containsKey(name)) {
              gone(name);
            }
          });
    }
  }

  private void gone(String name) {
    held.remove(name);
    rejected.remove(name);
    receipts.remove(name);
    if (wanted.contains(name)) {
      missing.add(name);
    }
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
