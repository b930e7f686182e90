package dev.weft.xds;

import static dev.weft.xds.ScriptedControlServer.CLUSTER;
import static dev.weft.xds.ScriptedControlServer.ENDPOINTS;
import static dev.weft.xds.ScriptedControlServer.LISTENER;
import static dev.weft.xds.ScriptedControlServer.NAMES;
import static dev.weft.xds.ScriptedControlServer.ROUTE;
import static dev.weft.xds.TestClient.done;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import dev.weft.engine.model.RouteTable;
import dev.weft.xds.ScriptedControlServer.WorldStream;
import dev.weft.xds.proto.DiscoveryRequest;
import dev.weft.xds.proto.Resource;
import dev.weft.xds.proto.RouteAction;
import io.grpc.Status;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The state-of-the-world variant (Envoy's xds_protocol), against a server that has no other. */
class StateOfTheWorldTest {

  private final ScriptedControlServer server = ScriptedControlServer.withoutDelta();
  private TestClient client = TestClient.of(XdsProtocol.SOTW, server);

  @AfterEach
  void close() {
    client.close();
    server.close();
  }

  @Test
  void isFallenBackToWhereDeltaIsNotImplemented() {
    server.nextWorldStream();
    client.close();
    client = TestClient.of(XdsProtocol.AUTO, server);

    WorldStream stream = server.nextWorldStream();
    stream.push(NAMES, "1", Shop.names("shop", "catalog"));

    done(client.xds.namesKnown());
    assertThat(client.xds.status().protocol()).isEqualTo(XdsProtocol.SOTW);
    stream.fail(Status.UNAVAILABLE);
    server.nextWorldStream(); // and not asked for delta again
  }

  @Test
  void deltaAloneMayBeDemanded() {
    client.close();
    client = TestClient.of(XdsProtocol.DELTA, server);
    await()
        .untilAsserted(
            () -> assertThat(client.xds.status().lastFailure()).contains("UNIMPLEMENTED"));
  }

  @Test
  void asksForAChainAndAcknowledgesEachResponse() {
    CompletionStage<?> demand = client.xds.demand(Shop.LISTENER);
    WorldStream stream = server.nextWorldStream();
    DiscoveryRequest names = stream.next(NAMES);
    assertThat(names.getResourceNamesList()).containsExactly("*");
    assertThat(names.getNode().getClientFeaturesList())
        .containsExactly(
            "xds.config.supports-resource-ttl", "xds.config.resource-in-sotw", "weft.cluster.dns");
    DiscoveryRequest first = stream.next(LISTENER);
    assertThat(first.getNode().getId()).startsWith("sidecar~127.0.0.1~storefront-1.shop~");
    assertThat(first.getResourceNamesList()).containsExactly(Shop.LISTENER);
    assertThat(first.getVersionInfo()).isEmpty();

    DiscoveryRequest ack = stream.push(LISTENER, "1", Shop.listener());
    assertThat(ack.getVersionInfo()).isEqualTo("1");
    assertThat(ack.getResourceNamesList()).containsExactly(Shop.LISTENER);
    assertThat(ack.hasErrorDetail()).isFalse();
    assertThat(stream.next(ROUTE).getResourceNamesList()).containsExactly(Shop.ROUTE);
    stream.push(ROUTE, "1", Shop.route(Shop.V1, Shop.V2));
    assertThat(stream.next(CLUSTER).getResourceNamesList()).containsOnly(Shop.V1, Shop.V2);
    stream.push(CLUSTER, "1", Shop.cluster(Shop.V1), Shop.cluster(Shop.V2));
    assertThat(stream.next(ENDPOINTS).getResourceNamesList()).containsOnly(Shop.V1, Shop.V2);
    stream.push(ENDPOINTS, "1", Shop.endpoints(Shop.V1, "10.0.0.1"));
    assertThat(demand.toCompletableFuture()).as("one assignment is awaited").isNotDone();
    stream.push(ENDPOINTS, "2", Shop.endpoints(Shop.V2, "10.0.0.2"));

    done(demand);
    client.awaitEndpoint(Shop.V1, "10.0.0.1"); // a response need not hold all assignments
    client.awaitEndpoint(Shop.V2, "10.0.0.2");
  }

  @Test
  void aSubscriptionNamesAllThatIsWanted() {
    WorldStream stream = establish();
    client.xds.demand("till.bank.svc.cluster.local:8080");

    DiscoveryRequest more = stream.next(LISTENER);

    assertThat(more.getResourceNamesList())
        .containsOnly(Shop.LISTENER, "till.bank.svc.cluster.local:8080");
    assertThat(more.getVersionInfo()).isEqualTo("1");
    assertThat(more.getResponseNonce()).as("of the last response").isNotEmpty();
  }

  @Test
  void aNackKeepsTheVersionAndTheGoodSiblings() {
    WorldStream stream = establish();
    RouteTable good = client.routes();

    DiscoveryRequest nack = stream.push(ROUTE, "2", Shop.route(RouteAction.getDefaultInstance()));

    assertThat(nack.getVersionInfo()).isEqualTo("1");
    assertThat(nack.getErrorDetail().getMessage()).contains(Shop.ROUTE, "no cluster specifier");
    assertThat(client.routes()).isSameAs(good);

    DiscoveryRequest two =
        stream.push(
            ENDPOINTS,
            "2",
            Shop.endpoints(Shop.V1, "10.0.0.9"),
            Shop.endpoints(Shop.V2, "no-address"),
            Shop.endpoints("third", "no-address-either"));
    assertThat(two.getErrorDetail().getMessage()).contains(Shop.V2).contains("no-address-either");
    client.awaitEndpoint(Shop.V1, "10.0.0.9");
    assertThat(stream.push(ROUTE, "3", Shop.route(Shop.V1)).getVersionInfo()).isEqualTo("3");
  }

  @Test
  void whatCannotBeDecodedIsRefusedAndNothingTakenForGone() {
    WorldStream stream = establish();

    DiscoveryRequest nack =
        stream.push(CLUSTER, "2", Resource.newBuilder().setResource(Any.getDefaultInstance()));

    assertThat(nack.getErrorDetail().getMessage()).contains("can't be decoded");
    assertThat(client.snapshot.clusters()).containsKey(Shop.V1);
  }

  @Test
  void listenersAndClustersThatAreAbsentAreGone() {
    WorldStream stream = establish();

    stream.push(CLUSTER, "2");
    await().until(() -> client.snapshot.clusters().isEmpty());
    assertThat(client.type(CLUSTER).missing()).containsExactly(Shop.V1);

    stream.push(LISTENER, "2");
    await()
        .untilAsserted(
            () ->
                assertThat(client.snapshot.routes())
                    .containsEntry(Shop.LISTENER, RouteTable.MISSING));
    assertThat(stream.next(ROUTE).getResourceNamesList()).as("nobody needs routes").isEmpty();

    stream.push(LISTENER, "3", Shop.listener());
    assertThat(stream.next(ROUTE).getResourceNamesList()).containsExactly(Shop.ROUTE);
    stream.push(ROUTE, "3", Shop.route(Shop.V1));
    stream.push(CLUSTER, "3", Shop.cluster(Shop.V1));
    stream.push(ENDPOINTS, "3", Shop.endpoints(Shop.V1, "10.0.0.1"));
    await().untilAsserted(() -> assertThat(client.routes()).isNotEqualTo(RouteTable.MISSING));
    client.awaitEndpoint(Shop.V1, "10.0.0.1");
  }

  @Test
  void absenceSaysNothingOfRoutesAndAssignments() {
    WorldStream stream = establish();

    stream.push(ROUTE, "2");
    stream.push(ENDPOINTS, "2");

    client.awaitEndpoint(Shop.V1, "10.0.0.1");
    assertThat(client.routes().virtualHosts()).isNotEmpty();
  }

  @Test
  void whatIsNeverHeardOfIsMissingInTheEnd() {
    server.nextWorldStream();
    client.close();
    client = TestClient.of(XdsProtocol.SOTW, java.time.Duration.ofMillis(300), server);
    CompletionStage<?> demand = client.xds.demand(Shop.LISTENER);
    WorldStream stream = server.nextWorldStream();
    stream.push(LISTENER, "1"); // may have been on its way before

    done(demand);
    assertThat(client.snapshot.routes()).containsEntry(Shop.LISTENER, RouteTable.MISSING);
  }

  @Test
  void aNewStreamBeginsWithTheVersionsAcceptedLast() {
    WorldStream first = establish();
    first.push(CLUSTER, "7", Shop.cluster(Shop.V1));
    first.fail(Status.UNAVAILABLE);

    WorldStream second = server.nextWorldStream();
    DiscoveryRequest clusters = second.next(CLUSTER);
    assertThat(clusters.getVersionInfo()).isEqualTo("7");
    assertThat(clusters.getResponseNonce()).as("nonces die with the stream").isEmpty();
    assertThat(clusters.getResourceNamesList()).containsExactly(Shop.V1);

    // Whoever names a version and wants more than it knows would wait in vain for the rest.
    client.xds.demand("till.bank.svc.cluster.local:8080");
    assertThat(second.next(LISTENER).getVersionInfo()).isEqualTo("1");
    assertThat(second.next(LISTENER).getResourceNamesList()).hasSize(2);
    second.fail(Status.UNAVAILABLE);
    DiscoveryRequest listeners = server.nextWorldStream().next(LISTENER);
    assertThat(listeners.getVersionInfo()).isEmpty();
    assertThat(listeners.getResourceNamesList()).hasSize(2);
  }

  @Test
  void aHeartbeatIsNotTheWholeWorld() {
    WorldStream stream = establish();
    stream.push(
        CLUSTER,
        "2",
        Resource.newBuilder()
            .setName(Shop.V1)
            .setVersion("2")
            .setTtl(Duration.newBuilder().setSeconds(3600))
            .setResource(
                Any.newBuilder()
                    .setTypeUrl(CLUSTER)
                    .setValue(Shop.cluster(Shop.V1).toByteString())));
    DiscoveryRequest answer =
        stream.push(
            CLUSTER,
            "2",
            Resource.newBuilder()
                .setName(Shop.V1)
                .setVersion("2")
                .setTtl(Duration.newBuilder().setNanos(100_000_000)));

    assertThat(answer.hasErrorDetail()).isFalse();
    await().until(() -> client.type(CLUSTER).missing().contains(Shop.V1)); // its new time is up
  }

  private WorldStream establish() {
    CompletionStage<?> demand = client.xds.demand(Shop.LISTENER);
    WorldStream stream = server.nextWorldStream();
    stream.next(LISTENER);
    stream.push(LISTENER, "1", Shop.listener());
    stream.next(ROUTE);
    stream.push(ROUTE, "1", Shop.route(Shop.V1));
    stream.next(CLUSTER);
    stream.push(CLUSTER, "1", Shop.cluster(Shop.V1));
    stream.next(ENDPOINTS);
    stream.push(ENDPOINTS, "1", Shop.endpoints(Shop.V1, "10.0.0.1"));
    done(demand);
    return stream;
  }
}
