package dev.weft.controlserver.xds;

import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's side of one incremental ADS stream, as a state machine without threads or I/O.
 * Requests go in by {@link #request}; {@link #next} answers which response is to be sent now,
 * against the snapshot that is current now. Nothing is queued: a response comes into being when the
 * transport can take it, from the difference between what the client wants and what it holds. Not
 * thread-safe.
 *
 * <p>Semantics: Envoy, "xDS REST and gRPC protocol", "Incremental xDS".
 */
final class DeltaSession {
  private static final Logger log = LoggerFactory.getLogger(DeltaSession.class);
  private static final String ALL = "*";

  /** Names of one type that a client may ask for and hold: many times what any workload calls. */
  static final int MOST_NAMES = 20_000;

  /** A cluster's name holds a host of 253 characters at most, a subset and a port. */
  static final int LONGEST_NAME = 512;

  private final XdsClient client;
  private final EnumMap<ResourceType, Subscription> subscriptions =
      new EnumMap<>(ResourceType.class);

  /** What the client should hold by {@link #resolved} and its subscriptions. */
  private EnumMap<ResourceType, Map<String, EncodedResource>> wanted =
      new EnumMap<>(ResourceType.class);

  private @Nullable ResourceSnapshot resolved;
  private boolean resubscribed;

  /** Nothing to send until a request or another snapshot comes. */
  private boolean idle;

  DeltaSession(XdsClient client) {
    this.client = client;
  }

  /**
   * Takes one request. A type that this server doesn't know is ignored: its client times out, as
   * with any resource that doesn't exist.
   *
   * @return what the client said about an earlier response
   * @throws StatusRuntimeException RESOURCE_EXHAUSTED if the client asks for more than is good
   */
  Verdict request(DeltaDiscoveryRequest request) {
    ResourceType type = ResourceType.of(request.getTypeUrl());
    if (type == null) {
      log.warn("{} asks for unknown resource type {}", client.node(), request.getTypeUrl());
      return Verdict.NONE;
    }
    Subscription subscription = subscriptions.computeIfAbsent(type, Subscription::new);
    bound(subscription, request);
    boolean first = !subscription.requested;
    subscription.requested = true;
    idle = false;
    Verdict verdict = answer(subscription, request);
    if (first) {
      subscription.holds(request.getInitialResourceVersionsMap());
    }
    for (String name : request.getResourceNamesSubscribeList()) {
      if (name.equals(ALL)) {
        subscription.subscribeAll();
      } else {
        subscription.subscribe(
            name, first && request.getInitialResourceVersionsMap().containsKey(name));
      }
    }
    for (String name : request.getResourceNamesUnsubscribeList()) {
      if (name.equals(ALL)) {
        subscription.unsubscribeAll();
      } else {
        subscription.unsubscribe(name);
      }
    }
    boolean named =
        request.getResourceNamesSubscribeCount() + request.getResourceNamesUnsubscribeCount() > 0;
    boolean implicitWildcard =
        first
            && !named
            && request.getResponseNonce().isEmpty()
            && type.emptyMeansAll(client.kind());
    if (implicitWildcard) {
      subscription.subscribeAll();
    }
    resubscribed |= named || implicitWildcard || first;
    return verdict;
  }

  private static void bound(Subscription subscription, DeltaDiscoveryRequest request) {
    int names =
        subscription.size()
            + Math.max(
                request.getResourceNamesSubscribeCount(),
                request.getInitialResourceVersionsCount());
    boolean tooLong =
        Stream.concat(
                request.getResourceNamesSubscribeList().stream(),
                request.getInitialResourceVersionsMap().keySet().stream())
            .anyMatch(name -> name.length() > LONGEST_NAME);
    if (names > MOST_NAMES || tooLong) {
      throw Status.RESOURCE_EXHAUSTED
          .withDescription(
              "a client may have %d names of a type, of %d characters each"
                  .formatted(MOST_NAMES, LONGEST_NAME))
          .asRuntimeException();
    }
  }

  private Verdict answer(Subscription subscription, DeltaDiscoveryRequest request) {
    String nonce = request.getResponseNonce();
    if (nonce.isEmpty()) {
      return Verdict.NONE;
    }
    boolean rejected = request.hasErrorDetail();
    String reason = rejected ? request.getErrorDetail().getMessage() : null;
    if (!subscription.answered(nonce, reason)) {
      return Verdict.NONE;
    }
    return rejected ? Verdict.REJECTED : Verdict.ACCEPTED;
  }

  /** The response to send next, already noted as sent; null when the client has everything. */
  @Nullable DeltaDiscoveryResponse next(ResourceSnapshot snapshot) {
    if (snapshot != resolved || resubscribed) {
      resolve(snapshot);
      idle = false;
    }
    if (idle) {
      return null;
    }
    for (ResourceType type : ResourceType.SENDING_ORDER) {
      Subscription subscription = subscriptions.get(type);
      if (subscription == null) {
        continue;
      }
      List<EncodedResource> changes = subscription.changes(wanted(type));
      if (!changes.isEmpty()) {
        // What depends on these waits with them.
        return subscription.windowOpen() ? response(subscription, changes, List.of()) : null;
      }
    }
    for (int i = ResourceType.SENDING_ORDER.size() - 1; i >= 0; i--) {
      ResourceType type = ResourceType.SENDING_ORDER.get(i);
      Subscription subscription = subscriptions.get(type);
      if (subscription == null) {
        continue;
      }
      List<String> removals = subscription.removals(wanted(type));
      if (!removals.isEmpty() || subscription.answerDue) {
        return subscription.windowOpen() ? response(subscription, List.of(), removals) : null;
      }
    }
    idle = true;
    return null;
  }

  private static DeltaDiscoveryResponse response(
      Subscription subscription, List<EncodedResource> changes, List<String> removals) {
    DeltaDiscoveryResponse.Builder response =
        DeltaDiscoveryResponse.newBuilder()
            .setTypeUrl(subscription.type.url())
            .addAllRemovedResources(removals)
            .setNonce(subscription.sent(changes, removals));
    changes.forEach(resource -> response.addResources(resource.wire()));
    return response.build();
  }

  private Map<String, EncodedResource> wanted(ResourceType type) {
    Map<String, EncodedResource> resources = wanted.get(type);
    return resources == null ? Map.of() : resources;
  }

  /**
   * If translation fails, the client keeps what it has: a defect here must not take routes away.
   */
  private void resolve(ResourceSnapshot snapshot) {
    resolved = snapshot;
    resubscribed = false;
    EnumMap<ResourceType, Map<String, EncodedResource>> next = new EnumMap<>(ResourceType.class);
    try {
      for (Subscription subscription : subscriptions.values()) {
        if (subscription.wildcard) {
          add(next, snapshot.all(client, subscription.type));
        }
        for (String name : subscription.names) {
          add(next, snapshot.named(client, subscription.type, name));
        }
      }
    } catch (RuntimeException e) {
      log.error("resources of {} can't be made; it keeps what it has", client.node(), e);
      return;
    }
    next.keySet().forEach(type -> subscriptions.computeIfAbsent(type, Subscription::new));
    wanted = next;
  }

  private static void add(
      EnumMap<ResourceType, Map<String, EncodedResource>> to, Iterable<EncodedResource> resources) {
    for (EncodedResource resource : resources) {
      to.computeIfAbsent(resource.type(), type -> new HashMap<>()).put(resource.name(), resource);
    }
  }

  XdsClient client() {
    return client;
  }

  Map<ResourceType, ClientStatus.TypeStatus> status() {
    Map<ResourceType, ClientStatus.TypeStatus> status = new EnumMap<>(ResourceType.class);
    subscriptions.forEach((type, subscription) -> status.put(type, subscription.status()));
    return status;
  }
}
