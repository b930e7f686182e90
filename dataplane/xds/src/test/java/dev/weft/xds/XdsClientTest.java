package dev.weft.xds;

import static dev.weft.xds.ScriptedControlServer.CLUSTER;
import static dev.weft.xds.ScriptedControlServer.ENDPOINTS;
import static dev.weft.xds.ScriptedControlServer.LISTENER;
import static dev.weft.xds.ScriptedControlServer.NAMES;
import static dev.weft.xds.ScriptedControlServer.ROUTE;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Struct;
import dev.weft.engine.model.Cluster;
import dev.weft.engine.model.LoadBalancing.ZoneAware;
import dev.weft.engine.model.LocalCluster;
import dev.weft.engine.model.MeshHost;
import dev.weft.engine.model.MeshHosts;
import dev.weft.engine.model.MeshSnapshot;
import dev.weft.engine.model.OtherHosts;
import dev.weft.engine.model.RouteTable;
import dev.weft.xds.ScriptedControlServer.Stream;
import dev.weft.xds.proto.Cluster.CommonLbConfig;
import dev.weft.xds.proto.ClusterLoadAssignment;
import dev.weft.xds.proto.DeltaDiscoveryRequest;
import dev.weft.xds.proto.Locality;
import dev.weft.xds.proto.LocalityLbEndpoints;
import dev.weft.xds.proto.NameTable;
import dev.weft.xds.proto.RouteAction;
import dev.weft.xds.translation.Note;
import io.grpc.Status;
import java.net.Socket;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class XdsClientTest {

  private static final Workload STOREFRONT =
      new Workload(
          "storefront-1",
          "127.0.0.1",
          "shop",
          "storefront",
          "front",
          Map.of("version", "v1", "istio-locality", "eu.a"),
          "weft-test/1.2");

  /** Longer than any test waits. */
  private static final XdsClient.Patience FOR_EVER =
      new XdsClient.Patience(Duration.ofHours(1), Duration.ofHours(1), Duration.ofHours(1));

  private ScriptedControlServer server = ScriptedControlServer.start();
  private final ControlConnection connection =
      ControlConnection.open(
          List.of(new ControlServer(server.address(), null, () -> "token-1")), "weft-test/1.2");
  private volatile MeshSnapshot snapshot = MeshSnapshot.EMPTY;
  private XdsClient client = client(FOR_EVER);

  private XdsClient client(XdsClient.Patience patience) {
    return new XdsClient(
        connection,
        STOREFRONT,
        next -> snapshot = next,
        patience,
        XdsProtocol.AUTO,
        Clock.systemUTC());
  }

  @AfterEach
  void close() {
    client.close();
    connection.close();
    server.close();
  }

  @Test
  void saysWhoItIsOnceAndProvesItOnEachStream() {
    client.start();
    Stream stream = server.nextStream();

    DeltaDiscoveryRequest first = stream.next();
    assertThat(first.getNode().getId())
        .isEqualTo("sidecar~127.0.0.1~storefront-1.shop~shop.svc.cluster.local");
    Struct metadata = first.getNode().getMetadata();
    assertThat(metadata.getFieldsOrThrow("GENERATOR").getStringValue()).isEqualTo("agent");
    assertThat(metadata.getFieldsOrThrow("NAMESPACE").getStringValue()).isEqualTo("shop");
    assertThat(metadata.getFieldsOrThrow("SERVICE").getStringValue()).isEqualTo("storefront");
    assertThat(metadata.getFieldsOrThrow("SERVICE_ACCOUNT").getStringValue()).isEqualTo("front");
    assertThat(metadata.getFieldsOrThrow("INSTANCE").getStringValue()).isEqualTo("storefront-1");
    assertThat(
            metadata
                .getFieldsOrThrow("LABELS")
                .getStructValue()
                .getFieldsOrThrow("version")
                .getStringValue())
        .isEqualTo("v1");
    assertThat(server.authorizations).containsExactly("Bearer token-1");

    client.demand(Shop.LISTENER);
    assertThat(stream.next(LISTENER).hasNode()).isFalse();
  }

  @Test
  void knowsTheNamesWhenTheFirstTablesAreThere() {
    client.start();
    Stream stream = server.nextStream();
    DeltaDiscoveryRequest subscription = stream.next(NAMES);
    assertThat(subscription.getResourceNamesSubscribeList()).containsExactly("*");
    assertThat(client.namesKnown().toCompletableFuture()).isNotDone();
    assertThat(snapshot.hosts()).isNull();

    stream.push(
        NAMES,
        "1",
        Map.of("shop", Shop.names("shop", "catalog"), "bank", Shop.names("bank", "till")));

    done(client.namesKnown());
    assertThat(host("catalog").name()).isEqualTo("catalog.shop.svc.cluster.local");
    assertThat(host("till.bank").ports()).containsExactly(8080);
    assertThat(hosts().find("till"))
        .as("short names are for callers of the same namespace")
        .isNull();
    assertThat(client.status().namesKnown()).isTrue();
  }

  @Test
  void anEmptyAnswerSaysThatThereAreNoNames() {
    client.start();
    Stream stream = server.nextStream();
    stream.push(NAMES, "1", Map.of());

    done(client.namesKnown());
    assertThat(hosts().find("catalog")).isNull();
  }

  @Test
  void theOwnNamespacesTableSaysWhatBecomesOfOtherHosts() {
    client.start();
    Stream stream = server.nextStream();
    stream.push(
        NAMES,
        "1",
        Map.of(
            "shop", NameTable.newBuilder().setNamespace("shop").build(),
            "bank",
                Shop.names("bank", "till").toBuilder()
                    .setOtherHosts(dev.weft.xds.proto.OtherHosts.PROXIED)
                    .build()));
    done(client.namesKnown());
    assertThat(hosts().others()).isEqualTo(OtherHosts.LEFT_ALONE);

    stream.push(
        NAMES,
        "2",
        Map.of(
            "shop",
            NameTable.newBuilder()
                .setNamespace("shop")
                .setOtherHosts(dev.weft.xds.proto.OtherHosts.BLOCKED)
                .addHosts(
                    dev.weft.xds.proto.MeshHost.newBuilder()
                        .setName("db.example.com")
                        .addAddresses("10.1.0.0/16"))
                .build()));
    await().untilAsserted(() -> assertThat(hosts().others()).isEqualTo(OtherHosts.BLOCKED));
    // Before anybody calls one of them.
    assertThat(stream.next(LISTENER).getResourceNamesSubscribeList()).containsExactly("*:0");
    assertThat(requireNonNull(hosts().find("10.1.2.3")).isMany()).isTrue();
    assertThat(hosts().find("10.2.2.3")).isNull();
  }

  @Test
  void aPushedChainNeedsOneRequest() {
    client.start();
    CompletionStage<?> demand = client.demand(Shop.LISTENER);
    Stream stream = server.nextStream();
    stream.next(NAMES);
    assertThat(stream.next(LISTENER).getResourceNamesSubscribeList())
        .containsExactly(Shop.LISTENER);

    pushChain(stream, "1");

    done(demand);
    assertThat(stream.isQuiet()).as("nothing was asked for beside the listener").isTrue();
    assertThat(routes().virtualHosts()).hasSize(1);
    assertThat(cluster(Shop.V1).endpoints())
        .extracting(endpoint -> endpoint.address().getHostString())
        .containsExactly("10.0.0.1");
    assertThat(type(CLUSTER).versions()).containsEntry(Shop.V1, "1");
  }

  /** A cluster of STRICT_DNS is there when its names were looked up. */
  @Test
  void endpointsByNameAreResolvedBeforeTheFirstCall() {
    client.start();
    CompletionStage<?> demand = client.demand(Shop.LISTENER);
    Stream stream = server.nextStream();
    stream.next(LISTENER);
    stream.push(LISTENER, "1", Map.of(Shop.LISTENER, Shop.listener()));
    stream.push(ROUTE, "1", Map.of(Shop.ROUTE, Shop.route(Shop.V1)));
    stream.push(
        CLUSTER,
        "1",
        Map.of(
            Shop.V1,
            Shop.cluster(Shop.V1).toBuilder()
                .setType(dev.weft.xds.proto.Cluster.DiscoveryType.STRICT_DNS)
                .setLoadAssignment(Shop.endpoints(Shop.V1, "localhost"))
                .build()));

    done(demand);
    assertThat(cluster(Shop.V1).endpoints())
        .extracting(endpoint -> endpoint.address().toString())
        .contains("/127.0.0.1:8080");
  }

  /** Istio: local_cluster, the workload's own endpoints; no call waits for it. */
  @Test
  void asksForItsReplicasWhereZonesMatter() {
    client.start();
    CompletionStage<?> demand = client.demand(Shop.LISTENER);
    Stream stream = server.nextStream();
    assertThat(stream.next(NAMES).getNode().getLocality())
        .extracting(Locality::getRegion, Locality::getZone)
        .containsExactly("eu", "a");
    stream.next(LISTENER);
    stream.push(LISTENER, "1", Map.of(Shop.LISTENER, Shop.listener()));
    stream.push(ROUTE, "1", Map.of(Shop.ROUTE, Shop.route(Shop.V1)));
    stream.next(ROUTE);
    stream.push(ENDPOINTS, "1", Map.of(Shop.V1, Shop.endpoints(Shop.V1, "10.0.0.1")));
    stream.push(
        CLUSTER,
        "1",
        Map.of(
            Shop.V1,
            Shop.cluster(Shop.V1).toBuilder()
                .setCommonLbConfig(
                    CommonLbConfig.newBuilder()
                        .setZoneAwareLbConfig(CommonLbConfig.ZoneAwareLbConfig.newBuilder()))
                .build()));
    done(demand);
    assertThat(zoneAware()).isEqualTo(new ZoneAware(100, 6, LocalCluster.UNKNOWN));

    stream.push(
        ENDPOINTS,
        "2",
        Map.of(
            "local_cluster",
            ClusterLoadAssignment.newBuilder()
                .setClusterName("local_cluster")
                .addEndpoints(replicas("a", "10.0.1.1", "10.0.1.2"))
                .addEndpoints(replicas("b", "10.0.1.3"))
                .build()));
    await()
        .untilAsserted(
            () ->
                assertThat(zoneAware().local())
                    .isEqualTo(new LocalCluster("eu/a", Map.of("eu/a", 2, "eu/b", 1), 3)));
  }

  private ZoneAware zoneAware() {
    return requireNonNull(cluster(Shop.V1).loadBalancing().zoneAware());
  }

  private static LocalityLbEndpoints replicas(String zone, String... addresses) {
    return Shop.endpoints("local_cluster", addresses).getEndpoints(0).toBuilder()
        .setLocality(Locality.newBuilder().setRegion("eu").setZone(zone))
        .build();
  }

  @Test
  void asksForEachReferenceThatWasNotPushed() {
    client.start();
    CompletionStage<?> demand = client.demand(Shop.LISTENER);
    Stream stream = server.nextStream();
    stream.next(LISTENER);

    stream.push(LISTENER, "1", Map.of(Shop.LISTENER, Shop.listener()));
    assertThat(stream.next(ROUTE).getResourceNamesSubscribeList()).containsExactly(Shop.ROUTE);
    stream.push(ROUTE, "1", Map.of(Shop.ROUTE, Shop.route(Shop.V1)));
    assertThat(stream.next(CLUSTER).getResourceNamesSubscribeList()).containsExactly(Shop.V1);
    stream.push(CLUSTER, "1", Map.of(Shop.V1, Shop.cluster(Shop.V1)));
    assertThat(stream.next(ENDPOINTS).getResourceNamesSubscribeList()).containsExactly(Shop.V1);
    assertThat(demand.toCompletableFuture()).isNotDone();
    assertThat(snapshot.routes()).doesNotContainKey(Shop.LISTENER);
    stream.push(ENDPOINTS, "1", Map.of(Shop.V1, Shop.endpoints(Shop.V1, "10.0.0.1")));

    done(demand);
    assertThat(cluster(Shop.V1).endpoints()).hasSize(1);
  }

  @Test
  void demandsOfOneListenerAreOne() {
    client.start();
    CompletionStage<?> first = client.demand(Shop.LISTENER);
    assertThat(client.demand(Shop.LISTENER)).isSameAs(first);
    Stream stream = server.nextStream();
    stream.next(NAMES);
    stream.next(LISTENER);
    pushChain(stream, "1");
    done(first);
    assertThat(client.demand(Shop.LISTENER)).isSameAs(first);
    assertThat(stream.isQuiet()).isTrue();
  }

  @Test
  void whatDoesNotExistIsMissing() {
    client.start();
    CompletionStage<?> demand = client.demand(Shop.LISTENER);
    Stream stream = server.nextStream();
    stream.next(LISTENER);

    stream.push(LISTENER, "", Map.of(), List.of(Shop.LISTENER));

    done(demand);
    assertThat(snapshot.routes()).containsEntry(Shop.LISTENER, RouteTable.MISSING);
    assertThat(type(LISTENER).missing()).containsExactly(Shop.LISTENER);

    pushChain(stream, "2");
    await()
        .untilAsserted(
            () -> assertThat(routes().virtualHosts()).as("it may come to exist").isNotEmpty());
  }

  @Test
  void aRefusedResourceIsNackedAndTheLastGoodOneStays() {
    Stream stream = establish();
    RouteTable good = routes();

    DeltaDiscoveryRequest answer =
        stream.push(ROUTE, "2", Map.of(Shop.ROUTE, Shop.route(RouteAction.getDefaultInstance())));

    assertThat(answer.getErrorDetail().getMessage())
        .isEqualTo(Shop.ROUTE + ": virtual_hosts[0].routes[0].route: no cluster specifier");
    await()
        .untilAsserted(
            () ->
                assertThat(type(ROUTE).rejected())
                    .containsEntry(Shop.ROUTE, answer.getErrorDetail().getMessage()));
    assertThat(type(ROUTE).versions()).containsEntry(Shop.ROUTE, "1");
    assertThat(routes()).isSameAs(good);

    DeltaDiscoveryRequest ack = stream.push(ROUTE, "3", Map.of(Shop.ROUTE, Shop.route(Shop.V1)));
    assertThat(ack.hasErrorDetail()).isFalse();
    await().untilAsserted(() -> assertThat(type(ROUTE).rejected()).isEmpty());
  }

  @Test
  void theGoodResourcesBesideARefusedOneAreTaken() {
    Stream stream = establish();

    DeltaDiscoveryRequest answer =
        stream.push(
            ENDPOINTS,
            "2",
            Map.of(
                Shop.V1, Shop.endpoints(Shop.V1, "10.0.0.2"),
                Shop.V2, Shop.endpoints(Shop.V2, "not-an-address")));

    assertThat(answer.getErrorDetail().getMessage()).contains(Shop.V2).contains("not-an-address");
    awaitEndpoint(Shop.V1, "10.0.0.2");
  }

  @Test
  void whatCanBeIgnoredIsNoted() {
    Stream stream = establish();
    stream.push(
        CLUSTER,
        "2",
        Map.of(
            Shop.V1,
            Shop.cluster(Shop.V1).toBuilder()
                .setLbPolicy(dev.weft.xds.proto.Cluster.LbPolicy.CLUSTER_PROVIDED)
                .build()));
    await()
        .untilAsserted(
            () ->
                assertThat(client.status().notes())
                    .extracting(Note::resource, Note::field)
                    .containsExactly(tuple(Shop.V1, "lb_policy")));
  }

  @Test
  void newRoutesWaitForTheirClusters() {
    Stream stream = establish();
    RouteTable before = routes();

    stream.push(ROUTE, "2", Map.of(Shop.ROUTE, Shop.route(Shop.V1, Shop.V2)));
    assertThat(stream.next(CLUSTER).getResourceNamesSubscribeList()).containsExactly(Shop.V2);
    stream.push(CLUSTER, "2", Map.of(Shop.V2, Shop.cluster(Shop.V2)));
    assertThat(stream.next(ENDPOINTS).getResourceNamesSubscribeList()).containsExactly(Shop.V2);
    assertThat(routes()).isSameAs(before);
    assertThat(snapshot.clusters()).doesNotContainKey(Shop.V2);

    stream.push(ENDPOINTS, "2", Map.of(Shop.V2, Shop.endpoints(Shop.V2, "10.0.0.9")));
    await().untilAsserted(() -> assertThat(routes()).isNotEqualTo(before));
    assertThat(snapshot.clusters()).containsKey(Shop.V2);
  }

  @Test
  void whatDidNotChangeIsTheSameObject() {
    Stream stream = establish();
    MeshSnapshot before = snapshot;

    stream.push(ENDPOINTS, "2", Map.of(Shop.V2, Shop.endpoints(Shop.V2, "10.0.0.9")));
    stream.push(CLUSTER, "2", Map.of(Shop.V2, Shop.cluster(Shop.V2)));
    await().until(() -> snapshot.clusters().containsKey(Shop.V2));

    assertThat(snapshot.clusters().get(Shop.V1)).isSameAs(before.clusters().get(Shop.V1));
    assertThat(routes()).isSameAs(before.routes().get(Shop.LISTENER));
  }

  @Test
  void removedResourcesGo() {
    Stream stream = establish();

    stream.push(LISTENER, "", Map.of(), List.of(Shop.LISTENER));
    stream.push(ROUTE, "", Map.of(), List.of(Shop.ROUTE));
    stream.push(CLUSTER, "", Map.of(), List.of(Shop.V1));

    await().until(() -> snapshot.clusters().isEmpty());
    assertThat(snapshot.routes()).containsEntry(Shop.LISTENER, RouteTable.MISSING);
  }

  @Test
  void aNewStreamBeginsWithWhatIsHeld() {
    Stream first = establish();
    first.push(NAMES, "7", Map.of("shop", Shop.names("shop", "catalog")));

    first.fail(Status.UNAVAILABLE);

    Stream second = server.nextStream();
    DeltaDiscoveryRequest names = second.next();
    assertThat(names.hasNode()).isTrue();
    assertThat(names.getTypeUrl()).isEqualTo(NAMES);
    assertThat(names.getInitialResourceVersionsMap()).containsExactly(Map.entry("shop", "7"));
    for (var expected :
        Map.of(CLUSTER, Shop.V1, ENDPOINTS, Shop.V1, ROUTE, Shop.ROUTE, LISTENER, Shop.LISTENER)
            .entrySet()) {
      DeltaDiscoveryRequest request = second.next(expected.getKey());
      assertThat(request.getResourceNamesSubscribeList()).containsExactly(expected.getValue());
      assertThat(request.getInitialResourceVersionsMap())
          .containsExactly(Map.entry(expected.getValue(), "1"));
      assertThat(request.getResponseNonce()).as("nonces die with the stream").isEmpty();
    }
    assertThat(snapshot.clusters()).as("the last good stays in force").containsKey(Shop.V1);

    second.push(ENDPOINTS, "2", Map.of(Shop.V1, Shop.endpoints(Shop.V1, "10.0.0.2")));
    awaitEndpoint(Shop.V1, "10.0.0.2");
  }

  @Test
  void aRefusalIsToldOnceUntilItChangesOrTheStreamIsTaken() throws Exception {
    Queue<String> told = new ConcurrentLinkedQueue<>();
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord entry) {
            told.add(entry.getLevel() + " " + entry.getMessage());
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger log = Logger.getLogger(XdsClient.class.getName());
    log.addHandler(handler);
    try {
      establish().fail(Status.UNAUTHENTICATED.withDescription("unknown key"));
      server.nextStream().fail(Status.UNAUTHENTICATED.withDescription("unknown key"));
      server.nextStream().fail(Status.UNAVAILABLE.withDescription("restarting"));
      server.nextStream().fail(Status.UNAUTHENTICATED.withDescription("unknown key"));
      server.nextStream().fail(Status.PERMISSION_DENIED.withDescription("another's"));
      Stream again = server.nextStream();
      again.push(ENDPOINTS, "2", Map.of(Shop.V1, Shop.endpoints(Shop.V1, "10.0.0.2")));
      awaitEndpoint(Shop.V1, "10.0.0.2");
      again.fail(Status.PERMISSION_DENIED.withDescription("another's"));
      server.nextStream();
    } finally {
      log.removeHandler(handler);
    }

    String begin =
        "WARNING " + server.address() + " refuses this workload, which goes on with what";
    assertThat(told)
        .containsExactly(
            begin + " it has: UNAUTHENTICATED: unknown key",
            begin + " it has: PERMISSION_DENIED: another's",
            begin + " it has: PERMISSION_DENIED: another's");
    assertThat(snapshot.clusters()).containsKey(Shop.V1);
  }

  @Test
  void findsAServerThatIsStartedAgain() throws Exception {
    establish();
    Socket port = server.closeAndKeepPort();
    await().until(() -> !client.status().connected());
    assertThat(client.status().lastFailure()).isNotNull();
    await().untilAsserted(() -> assertThat(client.status().lastFailure()).contains("refused"));
    assertThat(snapshot.clusters()).containsKey(Shop.V1);

    server = ScriptedControlServer.startAt(port);

    Stream stream = server.nextStream();
    stream.push(ENDPOINTS, "2", Map.of(Shop.V1, Shop.endpoints(Shop.V1, "10.0.0.2")));
    awaitEndpoint(Shop.V1, "10.0.0.2");
    await().until(() -> client.status().connected());
  }

  @Test
  void aDemandMadeBeforeThereIsAServerIsMetLater() throws Exception {
    Socket port = server.closeAndKeepPort();
    client.start();
    CompletionStage<?> demand = client.demand(Shop.LISTENER);
    await().until(() -> client.status().lastFailure() != null);

    server = ScriptedControlServer.startAt(port);

    Stream stream = server.nextStream();
    stream.next(LISTENER);
    pushChain(stream, "1");
    done(demand);
    assertThat(snapshot.clusters()).containsKey(Shop.V1);
  }

  @Test
  void withoutAServerADemandIsGivenUpSoon() {
    client =
        client(
            new XdsClient.Patience(Duration.ofHours(1), Duration.ofMillis(1), Duration.ofHours(1)));
    done(client.demand(Shop.LISTENER));
    assertThat(snapshot.routes()).containsEntry(Shop.LISTENER, RouteTable.MISSING);
  }

  @Test
  void aServerThatNeverAnswersADemandIsGivenUpLater() {
    client =
        client(
            new XdsClient.Patience(
                Duration.ofMillis(300), Duration.ofHours(1), Duration.ofHours(1)));
    client.start();
    Stream stream = server.nextStream();
    stream.push(NAMES, "1", Map.of());
    CompletionStage<?> demand = client.demand(Shop.LISTENER);
    stream.push(LISTENER, "1", Map.of(Shop.LISTENER, Shop.listener()));

    done(demand);
    assertThat(snapshot.routes())
        .as("its routes never came")
        .containsEntry(Shop.LISTENER, RouteTable.MISSING);
  }

  @Test
  void subscribesToWhatMayComeIn() {
    client.start();
    Stream stream = server.nextStream();
    client.inbound("10.1.2.3", 8080);
    assertThat(stream.next(LISTENER).getResourceNamesSubscribeList())
        .containsExactly("xds.istio.io/grpc/lds/inbound/10.1.2.3:8080");
    client.inbound("fd00::1", 8081);
    assertThat(stream.next(LISTENER).getResourceNamesSubscribeList())
        .containsExactly("xds.istio.io/grpc/lds/inbound/[fd00::1]:8081");
  }

  @Test
  void aTypeThatNobodyAskedForIsRefused() {
    client.start();
    Stream stream = server.nextStream();
    String secret = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";
    DeltaDiscoveryRequest answer = stream.push(secret, "1", Map.of());
    assertThat(answer.getErrorDetail().getMessage()).contains("was not asked for");
  }

  @Test
  void aTokenThatCannotBeReadIsSaid() {
    ControlConnection unproven =
        ControlConnection.open(
            List.of(
                new ControlServer(
                    server.address(),
                    null,
                    TokenSource.file(java.nio.file.Path.of("no", "such", "token")))),
            "weft-test/1.2");
    try (XdsClient other =
        new XdsClient(
            unproven, STOREFRONT, next -> {}, FOR_EVER, XdsProtocol.AUTO, Clock.systemUTC())) {
      other.start();
      await().until(() -> other.status().lastFailure() != null);
      assertThat(other.status().lastFailure()).contains("token");
    } finally {
      unproven.close();
    }
  }

  private MeshHosts hosts() {
    return requireNonNull(snapshot.hosts());
  }

  private MeshHost host(String name) {
    return requireNonNull(hosts().find(name));
  }

  private RouteTable routes() {
    return requireNonNull(snapshot.routes().get(Shop.LISTENER));
  }

  private Cluster cluster(String name) {
    return requireNonNull(snapshot.clusters().get(name));
  }

  private XdsStatus.TypeStatus type(String url) {
    return requireNonNull(client.status().types().get(url));
  }

  /** A client that holds the catalog's chain, pushed in version 1. */
  private Stream establish() {
    client.start();
    CompletionStage<?> demand = client.demand(Shop.LISTENER);
    Stream stream = server.nextStream();
    stream.next(NAMES);
    stream.next(LISTENER);
    pushChain(stream, "1");
    done(demand);
    return stream;
  }

  /** In the order of Weft's control server. */
  private static void pushChain(Stream stream, String version) {
    stream.push(CLUSTER, version, Map.of(Shop.V1, Shop.cluster(Shop.V1)));
    stream.push(ENDPOINTS, version, Map.of(Shop.V1, Shop.endpoints(Shop.V1, "10.0.0.1")));
    stream.push(ROUTE, version, Map.of(Shop.ROUTE, Shop.route(Shop.V1)));
    stream.push(LISTENER, version, Map.of(Shop.LISTENER, Shop.listener()));
  }

  private void awaitEndpoint(String cluster, String ip) {
    await()
        .untilAsserted(
            () ->
                assertThat(cluster(cluster).endpoints())
                    .extracting(endpoint -> endpoint.address().getHostString())
                    .containsExactly(ip));
  }

  private static void done(CompletionStage<?> stage) {
    assertThat(stage.toCompletableFuture()).succeedsWithin(10, TimeUnit.SECONDS);
  }
}
