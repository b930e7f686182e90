package dev.weft.controlserver.xds;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.StringValue;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * Whatever client and server do, in whatever order their messages cross, once all is delivered the
 * client holds exactly the current resources that it is subscribed to (of a version that it
 * rejects, the last one that it accepted).
 */
class DeltaSessionPropertyTest {
  private static final List<String> NAMES = List.of("a", "b");
  private static final String REJECTED_BY_CLIENT = "bad";

  /** The same cases each time: a change that breaks one is to blame for it. */
  private static final String SEED = "20261120";

  /** One thing that happens. What it works on comes from type, name and text. */
  record Step(Action action, ResourceType type, String name, String text) {}

  enum Action {
    SUBSCRIBE,
    SUBSCRIBE_ALL,
    UNSUBSCRIBE,
    UNSUBSCRIBE_ALL,
    SET,
    DELETE,
    SERVER_SENDS,
    CLIENT_RECEIVES,
    SERVER_RECEIVES,
    RECONNECT
  }

  @Provide
  Arbitrary<List<Step>> steps() {
    return Combinators.combine(
            Arbitraries.of(Action.class),
            Arbitraries.of(
                ResourceType.CLUSTER,
                ResourceType.ENDPOINTS,
                ResourceType.ROUTES,
                ResourceType.LISTENER),
            Arbitraries.of(NAMES),
            Arbitraries.of("a", "b", REJECTED_BY_CLIENT))
        .as(Step::new)
        .list()
        .ofMaxSize(80);
  }

  @Property(tries = 2000, seed = SEED)
  void anAgentEndsUpWithExactlyTheCurrentResources(@ForAll("steps") List<Step> steps) {
    new World(XdsClient.Kind.AGENT).run(steps);
  }

  @Property(tries = 2000, seed = SEED)
  void anyClientEndsUpWithExactlyTheCurrentResources(@ForAll("steps") List<Step> steps) {
    new World(XdsClient.Kind.ENVOY).run(steps);
  }

  /** A server session, a model client, and the two directions of the wire between them. */
  private static final class World {
    private final XdsClient identity;
    private final Map<ResourceType, Map<String, String>> texts = new EnumMap<>(ResourceType.class);
    private FakeSnapshot snapshot = new FakeSnapshot(Map.of());
    private DeltaSession server;
    private final ModelClient client;
    private final Deque<DeltaDiscoveryRequest> toServer = new ArrayDeque<>();
    private final Deque<DeltaDiscoveryResponse> toClient = new ArrayDeque<>();

    World(XdsClient.Kind kind) {
      identity = DeltaSessionTest.client(kind);
      server = new DeltaSession(identity);
      client = new ModelClient(kind);
    }

    void run(List<Step> steps) {
      steps.forEach(this::step);
      settle();
      assertThat(server.next(snapshot)).isNull();
      check();
    }

    private void step(Step step) {
      switch (step.action) {
        case SUBSCRIBE -> toServer.add(client.subscribe(step.type, step.name));
        case SUBSCRIBE_ALL -> toServer.add(client.subscribe(step.type, "*"));
        case UNSUBSCRIBE -> toServer.add(client.unsubscribe(step.type, step.name));
        case UNSUBSCRIBE_ALL -> toServer.add(client.unsubscribe(step.type, "*"));
        case SET -> {
          texts.computeIfAbsent(step.type, type -> new HashMap<>()).put(step.name, step.text);
          publish();
        }
        case DELETE -> {
          texts.getOrDefault(step.type, new HashMap<>()).remove(step.name);
          publish();
        }
        case SERVER_SENDS -> serverSends();
        case CLIENT_RECEIVES -> clientReceives();
        case SERVER_RECEIVES -> serverReceives();
        case RECONNECT -> {
          toServer.clear();
          toClient.clear();
          server = new DeltaSession(identity);
          toServer.addAll(client.reconnect());
        }
      }
    }

    private void publish() {
      Map<ResourceType, Map<String, String>> copy = new EnumMap<>(ResourceType.class);
      texts.forEach((type, byName) -> copy.put(type, Map.copyOf(byName)));
      snapshot = new FakeSnapshot(copy);
    }

    private boolean serverSends() {
      DeltaDiscoveryResponse response = server.next(snapshot);
      if (response != null) {
        toClient.add(response);
      }
      return response != null;
    }

    private boolean clientReceives() {
      DeltaDiscoveryResponse response = toClient.poll();
      if (response != null) {
        toServer.add(client.receive(response));
      }
      return response != null;
    }

    private boolean serverReceives() {
      DeltaDiscoveryRequest request = toServer.poll();
      if (request != null) {
        server.request(request);
      }
      return request != null;
    }

    private void settle() {
      int messages = 0;
      while (Stream.of(serverReceives(), serverSends(), clientReceives())
          .anyMatch(moved -> moved)) {
        assertThat(++messages).as("messages until quiet").isLessThan(2000);
      }
    }

    private void check() {
      Map<ResourceType, Map<String, String>> wanted = new EnumMap<>(ResourceType.class);
      client.wildcards.forEach(type -> put(wanted, snapshot.all(identity, type)));
      client.names.forEach(
          (type, names) ->
              names.forEach(name -> put(wanted, snapshot.named(identity, type, name))));
      for (ResourceType type : ResourceType.values()) {
        Map<String, String> expected = new HashMap<>(wanted.getOrDefault(type, Map.of()));
        Map<String, String> actual = new HashMap<>(client.held(type));
        // Where the current version is one that the client rejects, it may keep an older one.
        Set<String> rejected = new HashSet<>();
        expected.forEach(
            (name, text) -> {
              if (text.equals(REJECTED_BY_CLIENT)) {
                rejected.add(name);
              }
            });
        assertThat(actual.values()).doesNotContain(REJECTED_BY_CLIENT);
        expected.keySet().removeAll(rejected);
        actual.keySet().removeAll(rejected);
        assertThat(actual).as("%s", type).isEqualTo(expected);
      }
    }

    private static void put(
        Map<ResourceType, Map<String, String>> to, Iterable<EncodedResource> resources) {
      for (EncodedResource resource : resources) {
        to.computeIfAbsent(resource.type(), type -> new HashMap<>())
            .put(resource.name(), ModelClient.text(resource.wire()));
      }
    }
  }

  /**
   * A client as the protocol describes one: it keeps what it is sent until told otherwise. An agent
   * keeps also what it didn't ask for, since it can't know which chain that belongs to.
   */
  private static final class ModelClient {
    private record Kept(String text, String version) {}

    final Set<ResourceType> wildcards = new HashSet<>();
    final Map<ResourceType, Set<String>> names = new EnumMap<>(ResourceType.class);
    private final Map<ResourceType, Map<String, Kept>> kept = new EnumMap<>(ResourceType.class);
    private final XdsClient.Kind kind;

    ModelClient(XdsClient.Kind kind) {
      this.kind = kind;
    }

    DeltaDiscoveryRequest subscribe(ResourceType type, String name) {
      if (name.equals("*")) {
        wildcards.add(type);
      } else {
        names.computeIfAbsent(type, any -> new HashSet<>()).add(name);
      }
      return DeltaSessionTest.request(type).addResourceNamesSubscribe(name).build();
    }

    /** Forgets what it gives up, at once; what is still on its way to it may come later. */
    DeltaDiscoveryRequest unsubscribe(ResourceType type, String name) {
      if (name.equals("*")) {
        wildcards.remove(type);
        kept(type).keySet().retainAll(names.getOrDefault(type, Set.of()));
      } else {
        names.getOrDefault(type, new HashSet<>()).remove(name);
        kept(type).remove(name);
      }
      return DeltaSessionTest.request(type).addResourceNamesUnsubscribe(name).build();
    }

    List<DeltaDiscoveryRequest> reconnect() {
      return Arrays.stream(ResourceType.values())
          .filter(
              type ->
                  wildcards.contains(type)
                      || !names.getOrDefault(type, Set.of()).isEmpty()
                      || !kept(type).isEmpty())
          .map(
              type -> {
                var request = DeltaSessionTest.request(type);
                if (wildcards.contains(type)) {
                  request.addResourceNamesSubscribe("*");
                }
                request.addAllResourceNamesSubscribe(names.getOrDefault(type, Set.of()));
                kept(type)
                    .forEach(
                        (name, resource) ->
                            request.putInitialResourceVersions(name, resource.version));
                return request.build();
              })
          .toList();
    }

    DeltaDiscoveryRequest receive(DeltaDiscoveryResponse response) {
      ResourceType type = requireNonNull(ResourceType.of(response.getTypeUrl()));
      boolean rejected = false;
      for (var resource : response.getResourcesList()) {
        if (text(resource).equals(REJECTED_BY_CLIENT)) {
          rejected = true;
        } else if (kind == XdsClient.Kind.AGENT || subscribed(type, resource.getName())) {
          kept(type).put(resource.getName(), new Kept(text(resource), resource.getVersion()));
        }
      }
      response.getRemovedResourcesList().forEach(kept(type)::remove);
      return rejected
          ? DeltaSessionTest.nack(response, "rejected")
          : DeltaSessionTest.ack(response);
    }

    private boolean subscribed(ResourceType type, String name) {
      return wildcards.contains(type) || names.getOrDefault(type, Set.of()).contains(name);
    }

    Map<String, String> held(ResourceType type) {
      Map<String, String> texts = new HashMap<>();
      kept(type).forEach((name, resource) -> texts.put(name, resource.text));
      return texts;
    }

    private Map<String, Kept> kept(ResourceType type) {
      return kept.computeIfAbsent(type, any -> new HashMap<>());
    }

    static String text(Resource resource) {
      try {
        return StringValue.parseFrom(resource.getResource().getValue()).getValue();
      } catch (InvalidProtocolBufferException e) {
        throw new AssertionError(e);
      }
    }
  }
}
