package dev.weft.xds;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.engine.model.Cluster;
import dev.weft.engine.model.MeshSnapshot;
import dev.weft.engine.model.RouteTable;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/** A started client of some servers, and what it hands to its engine. */
final class TestClient implements AutoCloseable {

  private static final long LOOK_MILLIS = 50;

  final ControlConnection connection;
  final XdsClient xds;
  volatile MeshSnapshot snapshot = MeshSnapshot.EMPTY;

  private TestClient(List<String> addresses, XdsProtocol protocol, Duration patience) {
    List<ControlServer> servers =
        addresses.stream()
            .map(address -> new ControlServer(address, null, TokenSource.NONE))
            .toList();
    connection = ControlConnection.open(servers, "weft-test/1.2", LOOK_MILLIS);
    xds =
        new XdsClient(
            connection,
            new Workload(
                "storefront-1",
                "127.0.0.1",
                "shop",
                "storefront",
                "front",
                Map.of(),
                "weft-test/1"),
            next -> snapshot = next,
            new XdsClient.Patience(Duration.ofHours(1), Duration.ofHours(1), patience),
            protocol,
            Clock.systemUTC());
    xds.start();
  }

  static TestClient of(XdsProtocol protocol, ScriptedControlServer... servers) {
    return of(protocol, Duration.ofHours(1), servers);
  }

  /**
   * @param patience until a name of which nothing was heard counts as missing
   */
  static TestClient of(XdsProtocol protocol, Duration patience, ScriptedControlServer... servers) {
    return new TestClient(
        Arrays.stream(servers).map(ScriptedControlServer::address).toList(), protocol, patience);
  }

  RouteTable routes() {
    return requireNonNull(snapshot.routes().get(Shop.LISTENER));
  }

  Cluster cluster(String name) {
    return requireNonNull(snapshot.clusters().get(name));
  }

  XdsStatus.TypeStatus type(String url) {
    return requireNonNull(xds.status().types().get(url));
  }

  void awaitEndpoint(String cluster, String ip) {
    await()
        .untilAsserted(
            () ->
                assertThat(cluster(cluster).endpoints())
                    .extracting(endpoint -> endpoint.address().getHostString())
                    .containsExactly(ip));
  }

  static void done(CompletionStage<?> stage) {
    assertThat(stage.toCompletableFuture()).succeedsWithin(10, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    xds.close();
    connection.close();
  }
}
