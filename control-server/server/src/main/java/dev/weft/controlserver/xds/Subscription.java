package dev.weft.controlserver.xds;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One type on one stream: what the client wants of it, and what it is known to hold. Which variant
 * of the protocol the stream speaks doesn't matter here. Not thread-safe.
 */
final class Subscription {
  /**
   * Responses that may wait for the client's verdict. One more is sent only when one is answered,
   * so that a client that takes its time gets fewer, newer responses instead of a queue.
   */
  static final int WINDOW = 8;

  /** Version of a name that the client was told doesn't exist. */
  private static final String ABSENT = "";

  /** Version of a name of which it isn't known whether the client still holds it. */
  private static final String FORGOTTEN = "?";

  private enum Standing {
    AWAITED,
    ACCEPTED,
    REJECTED
  }

  /**
   * @param nonce of the response that it was last sent with; empty if on an earlier stream
   */
  private record Held(String version, String nonce, Standing standing, String reason) {
    static final Held UNCERTAIN = new Held(FORGOTTEN, "", Standing.AWAITED, "");

    static Held sent(String version, String nonce) {
      return new Held(version, nonce, Standing.AWAITED, "");
    }

    Held judged(Standing verdict, String because) {
      return new Held(version, nonce, verdict, because);
    }
  }

  final ResourceType type;
  final Set<String> names = new HashSet<>();
  private final Map<String, Held> held = new HashMap<>();

  /** Names in the responses that wait for a verdict, by nonce. */
  private final Map<String, List<String>> unanswered = new LinkedHashMap<>();

  boolean wildcard;

  /** A response is due even when there is nothing to tell: the first one of a wildcard. */
  boolean answerDue;

  /** The client has sent a request of this type, be it only a verdict. */
  boolean requested;

  private long nonces;

  Subscription(ResourceType type) {
    this.type = type;
  }

  /** Roughly how many names there are to remember. */
  int size() {
    return Math.max(names.size(), held.size());
  }

  /** Takes the client's word for what it kept from an earlier stream. */
  void holds(Map<String, String> versions) {
    versions.forEach(
        (name, version) -> held.putIfAbsent(name, new Held(version, "", Standing.ACCEPTED, "")));
  }

  void subscribeAll() {
    wildcard = true;
    answerDue = true;
  }

  /**
   * Subscribes to a name. The protocol wants the resource (or its absence) told again when the name
   * was subscribed before: the client may have dropped it in between.
   */
  void subscribe(String name, boolean keptFromBefore) {
    names.add(name);
    if (!keptFromBefore) {
      held.replace(name, Held.UNCERTAIN);
    }
  }

  void unsubscribeAll() {
    wildcard = false;
    answerDue = false;
    List.copyOf(held.keySet()).stream().filter(name -> !names.contains(name)).forEach(this::forget);
  }

  /** Unsubscribes a name. */
  void unsubscribe(String name) {
    names.remove(name);
    forget(name);
  }

  /**
   * The client drops what it unsubscribes. But a wildcard may go on covering the name, or a
   * response with it may be on its way; then what the client ends up with is uncertain, and has to
   * be told.
   */
  private void forget(String name) {
    Held has = held.get(name);
    boolean underway = has != null && has.standing == Standing.AWAITED;
    if (wildcard || underway) {
      held.put(name, Held.UNCERTAIN);
    } else {
      held.remove(name);
    }
  }

  /** Whether another response may be sent before the client has answered the earlier ones. */
  boolean windowOpen() {
    return unanswered.size() < WINDOW;
  }

  /** Wanted resources that the client doesn't hold in their current version. */
  List<EncodedResource> changes(Map<String, EncodedResource> wanted) {
    List<EncodedResource> changes = List.of();
    for (EncodedResource resource : wanted.values()) {
      Held has = held.get(resource.name());
      if (has == null || !has.version.equals(resource.version())) {
        changes = changes.isEmpty() ? new ArrayList<>() : changes;
        changes.add(resource);
      }
    }
    return changes;
  }

  /** Names that the client holds, or asked for, and that don't exist (any more) for it. */
  List<String> removals(Map<String, EncodedResource> wanted) {
    List<String> removals = new ArrayList<>();
    held.forEach(
        (name, has) -> {
          if (!wanted.containsKey(name) && !has.version.equals(ABSENT)) {
            removals.add(name);
          }
        });
    for (String name : names) {
      if (!wanted.containsKey(name) && !held.containsKey(name)) {
        removals.add(name);
      }
    }
    return removals;
  }

  /** Notes a response as sent; returns its nonce. */
  String sent(List<EncodedResource> changes, List<String> removals) {
    String nonce = Long.toString(++nonces);
    List<String> parts = new ArrayList<>(changes.size() + removals.size());
    for (EncodedResource resource : changes) {
      held.put(resource.name(), Held.sent(resource.version(), nonce));
      parts.add(resource.name());
    }
    for (String name : removals) {
      if (names.contains(name)) {
        held.put(name, Held.sent(ABSENT, nonce));
        parts.add(name);
      } else {
        held.remove(name);
      }
    }
    answerDue = false;
    unanswered.put(nonce, parts);
    return nonce;
  }

  /**
   * Notes the client's verdict. What was rejected counts as held in that version, so that it is
   * sent again only when it has changed. A nonce that isn't waiting for a verdict is stale: no
   * effect.
   *
   * @param rejection why the client rejected the response, or null if it accepted it
   * @return whether the nonce was awaited
   */
  boolean answered(String nonce, @Nullable String rejection) {
    List<String> parts = unanswered.remove(nonce);
    if (parts == null) {
      return false;
    }
    for (String part : parts) {
      Held has = held.get(part);
      // Unless it has been sent again since.
      if (has != null && has.nonce.equals(nonce)) {
        held.put(
            part,
            rejection == null
                ? has.judged(Standing.ACCEPTED, "")
                : has.judged(Standing.REJECTED, rejection));
      }
    }
    return true;
  }

  ClientStatus.TypeStatus status() {
    List<ClientStatus.Rejection> rejected = new ArrayList<>();
    int resources = 0;
    boolean awaited = !unanswered.isEmpty() || answerDue;
    for (Map.Entry<String, Held> entry : held.entrySet()) {
      Held has = entry.getValue();
      if (has.standing == Standing.REJECTED) {
        rejected.add(new ClientStatus.Rejection(entry.getKey(), has.version, has.reason));
      }
      if (!has.version.equals(ABSENT) && !has.version.equals(FORGOTTEN)) {
        resources++;
      }
    }
    return new ClientStatus.TypeStatus(
        wildcard, names.size(), resources, !awaited && rejected.isEmpty(), rejected);
  }
}
