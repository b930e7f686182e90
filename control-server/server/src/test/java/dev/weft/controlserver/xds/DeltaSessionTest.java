package dev.weft.controlserver.xds;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Message;
import com.google.protobuf.StringValue;
import com.google.rpc.Status;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert;
import org.junit.jupiter.api.Test;

class DeltaSessionTest {
  private static final FakeSnapshot TWO_CLUSTERS =
      FakeSnapshot.of(ResourceType.CLUSTER, Map.of("a", "1", "b", "1"));
  private static final FakeSnapshot CHAIN =
      new FakeSnapshot(
          Map.of(
              ResourceType.LISTENER, Map.of("catalog:80", "route"),
              ResourceType.ROUTES, Map.of("route", "cluster"),
              ResourceType.CLUSTER, Map.of("cluster", "endpoints"),
              ResourceType.ENDPOINTS, Map.of("endpoints", "1.2.3.4")));

  private final DeltaSession session = new DeltaSession(client(XdsClient.Kind.ENVOY));

  static XdsClient client(XdsClient.Kind kind) {
    return new XdsClient("node", kind, "", "shop", "default", "", Map.of(), true, Optional.empty());
  }

  @Test
  void sendsOnlyTheNamedResources() {
    subscribe(session, ResourceType.CLUSTER, "a");

    assertThat(drain(session, TWO_CLUSTERS)).containsExactly("CLUSTER +a");
  }

  @Test
  void tellsThatANamedResourceDoesNotExistOnce() {
    subscribe(session, ResourceType.ENDPOINTS, "missing");

    assertThat(drain(session, TWO_CLUSTERS)).containsExactly("ENDPOINTS -missing");
    assertThat(drain(session, copy(TWO_CLUSTERS))).isEmpty();
  }

  @Test
  void sendsANamedResourceWhenItComesIntoBeing() {
    subscribe(session, ResourceType.CLUSTER, "a");
    drain(session, FakeSnapshot.of(ResourceType.CLUSTER, Map.of()));

    assertThat(drain(session, TWO_CLUSTERS)).containsExactly("CLUSTER +a");
  }

  @Test
  void anEmptyFirstRequestMeansAll() {
    session.request(request(ResourceType.CLUSTER).build());

    assertThat(drain(session, TWO_CLUSTERS)).containsExactly("CLUSTER +a +b");
  }

  @Test
  void anEmptyRequestAfterNamesChangesNothing() {
    subscribe(session, ResourceType.CLUSTER, "a");
    session.request(request(ResourceType.CLUSTER).build());

    assertThat(drain(session, TWO_CLUSTERS)).containsExactly("CLUSTER +a");
  }

  @Test
  void aVerdictAsFirstRequestOfATypeIsNoWildcard() {
    DeltaSession agent = new DeltaSession(client(XdsClient.Kind.AGENT));
    subscribe(agent, ResourceType.LISTENER, "catalog:80");
    List<DeltaDiscoveryResponse> pushed = responses(agent, CHAIN);
    FakeSnapshot more =
        with(CHAIN, ResourceType.CLUSTER, Map.of("cluster", "endpoints", "other", "x"));
    pushed.forEach(response -> agent.request(ack(response)));

    assertThat(drain(agent, more)).isEmpty();
  }

  @Test
  void endpointsAndRoutesHaveNoImplicitWildcard() {
    session.request(request(ResourceType.ENDPOINTS).build());

    assertThat(drain(session, CHAIN)).isEmpty();
  }

  @Test
  void theFirstResponseOfAWildcardComesEvenWhenEmpty() {
    subscribe(session, ResourceType.NAME_TABLE, "*");

    assertThat(drain(session, ResourceSnapshot.EMPTY)).containsExactly("NAME_TABLE");
    assertThat(drain(session, TWO_CLUSTERS)).isEmpty();
  }

  @Test
  void pushesTheWholeChainOfAnAgentsListenerInOrder() {
    DeltaSession agent = new DeltaSession(client(XdsClient.Kind.AGENT));
    subscribe(agent, ResourceType.LISTENER, "catalog:80");

    assertThat(drain(agent, CHAIN))
        .containsExactly(
            "CLUSTER +cluster", "ENDPOINTS +endpoints", "ROUTES +route", "LISTENER +catalog:80");
  }

  @Test
  void replacesAChainBeforeItRemovesTheOldOne() {
    DeltaSession agent = new DeltaSession(client(XdsClient.Kind.AGENT));
    subscribe(agent, ResourceType.LISTENER, "catalog:80");
    drain(agent, CHAIN);
    FakeSnapshot moved =
        new FakeSnapshot(
            Map.of(
                ResourceType.LISTENER, Map.of("catalog:80", "route"),
                ResourceType.ROUTES, Map.of("route", "v2"),
                ResourceType.CLUSTER, Map.of("v2", "endpoints2"),
                ResourceType.ENDPOINTS, Map.of("endpoints2", "1.2.3.5")));

    assertThat(drain(agent, moved))
        .containsExactly(
            "CLUSTER +v2",
            "ENDPOINTS +endpoints2",
            "ROUTES +route",
            "ENDPOINTS -endpoints",
            "CLUSTER -cluster");
  }

  @Test
  void takesTheChainBackWhenTheListenerIsUnsubscribed() {
    DeltaSession agent = new DeltaSession(client(XdsClient.Kind.AGENT));
    subscribe(agent, ResourceType.LISTENER, "catalog:80");
    drain(agent, CHAIN);
    unsubscribe(agent, ResourceType.LISTENER, "catalog:80");

    assertThat(drain(agent, CHAIN))
        .containsExactly("ROUTES -route", "ENDPOINTS -endpoints", "CLUSTER -cluster");
  }

  @Test
  void keepsOfAChainWhatIsSubscribedByName() {
    DeltaSession agent = new DeltaSession(client(XdsClient.Kind.AGENT));
    subscribe(agent, ResourceType.LISTENER, "catalog:80");
    subscribe(agent, ResourceType.CLUSTER, "cluster");
    drain(agent, CHAIN);
    unsubscribe(agent, ResourceType.LISTENER, "catalog:80");

    assertThat(drain(agent, CHAIN)).containsExactly("ROUTES -route", "ENDPOINTS -endpoints");
  }

  @Test
  void neverSendsARejectedResourceAgainUnchanged() {
    subscribe(session, ResourceType.CLUSTER, "a");
    DeltaDiscoveryResponse response = responses(session, TWO_CLUSTERS).get(0);
    assertThat(session.request(nack(response, "no such thing"))).isEqualTo(Verdict.REJECTED);

    assertThat(drain(session, copy(TWO_CLUSTERS))).isEmpty();
    ClientStatus.TypeStatus status = clusters();
    assertThat(status.synced()).isFalse();
    assertThat(status.rejected())
        .singleElement()
        .satisfies(
            rejection -> {
              assertThat(rejection.name()).isEqualTo("a");
              assertThat(rejection.reason()).isEqualTo("no such thing");
            });
  }

  @Test
  void sendsARejectedResourceOnceItHasChanged() {
    subscribe(session, ResourceType.CLUSTER, "a");
    session.request(nack(responses(session, TWO_CLUSTERS).get(0), "no"));
    List<DeltaDiscoveryResponse> changed =
        responses(session, FakeSnapshot.of(ResourceType.CLUSTER, Map.of("a", "2")));
    changed.forEach(response -> session.request(ack(response)));

    assertThat(changed).hasSize(1);
    assertThat(clusters().synced()).isTrue();
  }

  @Test
  void aStaleNonceHasNoEffectButItsSubscriptionsDo() {
    subscribe(session, ResourceType.CLUSTER, "a");
    DeltaDiscoveryResponse response = responses(session, TWO_CLUSTERS).get(0);
    session.request(ack(response));

    assertThat(
            session.request(
                nack(response, "late").toBuilder().addResourceNamesSubscribe("b").build()))
        .isEqualTo(Verdict.NONE);
    assertThat(drain(session, TWO_CLUSTERS)).containsExactly("CLUSTER +b");
    assertThat(clusters().rejected()).isEmpty();
  }

  @Test
  void sendsAResourceAgainWhenItIsSubscribedAgain() {
    subscribe(session, ResourceType.CLUSTER, "a");
    drain(session, TWO_CLUSTERS);
    subscribe(session, ResourceType.CLUSTER, "a");

    assertThat(drain(session, TWO_CLUSTERS)).containsExactly("CLUSTER +a");
  }

  @Test
  void aClientThatReturnsGetsOnlyWhatDiffers() {
    EncodedResource a = EncodedResource.of(ResourceType.CLUSTER, "a", StringValue.of("1"));
    session.request(
        request(ResourceType.CLUSTER)
            .addResourceNamesSubscribe("a")
            .addResourceNamesSubscribe("b")
            .addResourceNamesSubscribe("gone")
            .putInitialResourceVersions("a", a.version())
            .putInitialResourceVersions("b", "old")
            .putInitialResourceVersions("gone", "old")
            .build());

    assertThat(drain(session, TWO_CLUSTERS)).containsExactly("CLUSTER +b", "CLUSTER -gone");
  }

  @Test
  void aWildcardThatReturnsIsToldWhatWentAway() {
    session.request(
        request(ResourceType.CLUSTER).putInitialResourceVersions("gone", "old").build());

    assertThat(drain(session, TWO_CLUSTERS)).containsExactly("CLUSTER +a +b", "CLUSTER -gone");
  }

  @Test
  void aNameUnsubscribedUnderAWildcardIsToldAgain() {
    subscribe(session, ResourceType.CLUSTER, "*", "a", "missing");
    drain(session, TWO_CLUSTERS);
    unsubscribe(session, ResourceType.CLUSTER, "a", "missing");

    assertThat(drain(session, TWO_CLUSTERS)).containsExactly("CLUSTER +a", "CLUSTER -missing");
  }

  @Test
  void aClientThatDoesNotAnswerIsSentNoMoreThanTheWindow() {
    subscribe(session, ResourceType.CLUSTER, "a");
    List<DeltaDiscoveryResponse> sent = new ArrayList<>();
    IntStream.range(0, 3 * Subscription.WINDOW)
        .mapToObj(i -> FakeSnapshot.of(ResourceType.CLUSTER, Map.of("a", "v" + i)))
        .forEach(snapshot -> sent.addAll(responses(session, snapshot)));
    FakeSnapshot last = FakeSnapshot.of(ResourceType.CLUSTER, Map.of("a", "last"));

    assertThat(sent).hasSize(Subscription.WINDOW);
    session.request(ack(sent.get(0)));
    assertThat(drain(session, last)).containsExactly("CLUSTER +a");
  }

  @Test
  void aFailedTranslationTakesNothingAway() {
    subscribe(session, ResourceType.CLUSTER, "a");
    drain(session, TWO_CLUSTERS);
    ResourceSnapshot broken =
        new ResourceSnapshot() {
          @Override
          public List<EncodedResource> named(XdsClient client, ResourceType type, String name) {
            throw new IllegalStateException("a defect");
          }

          @Override
          public List<EncodedResource> all(XdsClient client, ResourceType type) {
            throw new IllegalStateException("a defect");
          }
        };

    assertThat(drain(session, broken)).isEmpty();
    assertThat(drain(session, FakeSnapshot.of(ResourceType.CLUSTER, Map.of("a", "2"))))
        .containsExactly("CLUSTER +a");
  }

  @Test
  void anUnknownTypeDisturbsNothing() {
    session.request(DeltaDiscoveryRequest.newBuilder().setTypeUrl("type.googleapis.com/x").build());
    subscribe(session, ResourceType.CLUSTER, "a");

    assertThat(drain(session, TWO_CLUSTERS)).containsExactly("CLUSTER +a");
  }

  @Test
  void aVersionIsAHashOfTheBytes() {
    Message one = StringValue.of("1");

    assertThat(EncodedResource.of(ResourceType.CLUSTER, "a", one).version())
        .isEqualTo(EncodedResource.of(ResourceType.CLUSTER, "b", one).version())
        .isNotEqualTo(EncodedResource.of(ResourceType.CLUSTER, "a", StringValue.of("2")).version());
  }

  private ClientStatus.TypeStatus clusters() {
    return requireNonNull(session.status().get(ResourceType.CLUSTER));
  }

  private static FakeSnapshot copy(FakeSnapshot snapshot) {
    return new FakeSnapshot(Map.copyOf(snapshot.texts()));
  }

  private static FakeSnapshot with(
      FakeSnapshot snapshot, ResourceType type, Map<String, String> texts) {
    Map<ResourceType, Map<String, String>> all = new HashMap<>(snapshot.texts());
    all.put(type, texts);
    return new FakeSnapshot(all);
  }

  @Test
  void aClientMayNotAskForMoreThanIsGood() {
    String[] many =
        IntStream.range(0, DeltaSession.MOST_NAMES).mapToObj(i -> "n" + i).toArray(String[]::new);
    subscribe(session, ResourceType.CLUSTER, many);
    subscribe(session, ResourceType.ENDPOINTS, many);

    assertExhausted(() -> subscribe(session, ResourceType.CLUSTER, "one more"));
    assertExhausted(() -> subscribe(session, ResourceType.ROUTES, "n".repeat(513)));
    assertExhausted(
        () ->
            session.request(
                request(ResourceType.LISTENER)
                    .putInitialResourceVersions("n".repeat(513), "1")
                    .build()));
  }

  private static void assertExhausted(ThrowableAssert.ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> assertThat(e.getStatus().getCode()).isEqualTo(Code.RESOURCE_EXHAUSTED));
  }

  static DeltaDiscoveryRequest.Builder request(ResourceType type) {
    return DeltaDiscoveryRequest.newBuilder().setTypeUrl(type.url());
  }

  static void subscribe(DeltaSession session, ResourceType type, String... names) {
    session.request(request(type).addAllResourceNamesSubscribe(List.of(names)).build());
  }

  static void unsubscribe(DeltaSession session, ResourceType type, String... names) {
    session.request(request(type).addAllResourceNamesUnsubscribe(List.of(names)).build());
  }

  static DeltaDiscoveryRequest ack(DeltaDiscoveryResponse response) {
    return DeltaDiscoveryRequest.newBuilder()
        .setTypeUrl(response.getTypeUrl())
        .setResponseNonce(response.getNonce())
        .build();
  }

  static DeltaDiscoveryRequest nack(DeltaDiscoveryResponse response, String reason) {
    return ack(response).toBuilder().setErrorDetail(Status.newBuilder().setMessage(reason)).build();
  }

  static List<DeltaDiscoveryResponse> responses(DeltaSession session, ResourceSnapshot snapshot) {
    List<DeltaDiscoveryResponse> responses = new ArrayList<>();
    DeltaDiscoveryResponse response = session.next(snapshot);
    while (response != null) {
      responses.add(response);
      response = session.next(snapshot);
    }
    return responses;
  }

  /** Everything to be sent now, each response accepted: "TYPE +sent -removed". */
  private static List<String> drain(DeltaSession session, ResourceSnapshot snapshot) {
    List<DeltaDiscoveryResponse> responses = responses(session, snapshot);
    responses.forEach(response -> session.request(ack(response)));
    return responses.stream().map(DeltaSessionTest::text).toList();
  }

  private static String text(DeltaDiscoveryResponse response) {
    StringBuilder text = new StringBuilder(String.valueOf(ResourceType.of(response.getTypeUrl())));
    response.getResourcesList().stream()
        .map(Resource::getName)
        .sorted()
        .forEach(name -> text.append(" +").append(name));
    response.getRemovedResourcesList().stream()
        .sorted()
        .forEach(name -> text.append(" -").append(name));
    return text.toString();
  }
}
