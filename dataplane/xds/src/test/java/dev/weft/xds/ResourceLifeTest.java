package dev.weft.xds;

import static dev.weft.xds.ScriptedControlServer.CLUSTER;
import static dev.weft.xds.ScriptedControlServer.ENDPOINTS;
import static dev.weft.xds.ScriptedControlServer.LISTENER;
import static dev.weft.xds.ScriptedControlServer.ROUTE;
import static dev.weft.xds.TestClient.done;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Any;
import com.google.protobuf.MessageLite;
import dev.weft.engine.model.RouteTable;
import dev.weft.xds.ScriptedControlServer.Stream;
import dev.weft.xds.proto.Resource;
import io.grpc.Status;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How long a resource is good for, and how long one is waited for (Envoy's xds_protocol). */
class ResourceLifeTest {

  private final ScriptedControlServer server = ScriptedControlServer.start();
  private TestClient client = TestClient.of(XdsProtocol.AUTO, server);

  @AfterEach
  void close() {
    client.close();
    server.close();
  }

  @Test
  void aResourceWithATimeToLiveGoesWhenItIsOver() {
    Stream stream = establish();

    stream.push(ENDPOINTS, endpoints("2", "10.0.0.2", Duration.ofMillis(200)));

    await().untilAsserted(() -> assertThat(client.cluster(Shop.V1).endpoints()).isEmpty());
    assertThat(client.type(ENDPOINTS).missing()).containsExactly(Shop.V1);
    stream.push(ENDPOINTS, endpoints("3", "10.0.0.3", Duration.ofHours(1)));
    client.awaitEndpoint(Shop.V1, "10.0.0.3");
  }

  @Test
  void aHeartbeatSetsItAnew() {
    Stream stream = establish();
    stream.push(ENDPOINTS, endpoints("2", "10.0.0.2", Duration.ofHours(1)));
    client.awaitEndpoint(Shop.V1, "10.0.0.2");

    var answer = stream.push(ENDPOINTS, heartbeat("1", Duration.ofMillis(1)));
    assertThat(answer.hasErrorDetail()).isFalse();
    stream.push(ROUTE, "2", Map.of(Shop.ROUTE, Shop.route(Shop.V1))); // later than its time
    assertThat(client.cluster(Shop.V1).endpoints()).as("of another version").hasSize(1);

    stream.push(ENDPOINTS, heartbeat("2", Duration.ofMillis(1)));
    await().untilAsserted(() -> assertThat(client.cluster(Shop.V1).endpoints()).isEmpty());
  }

  @Test
  void withoutAServerItGoesAsWell() {
    Stream stream = establish();
    stream.push(ENDPOINTS, endpoints("2", "10.0.0.2", Duration.ofMillis(500)));
    stream.fail(Status.UNAVAILABLE);

    await().untilAsserted(() -> assertThat(client.cluster(Shop.V1).endpoints()).isEmpty());
  }

  @Test
  void aClusterThatNewRoutesNameIsWaitedForAndThenMissing() {
    server.nextStream();
    client.close();
    client = TestClient.of(XdsProtocol.AUTO, Duration.ofMillis(500), server);
    Stream stream = establish();
    RouteTable before = client.routes();

    stream.push(ROUTE, "2", Map.of(Shop.ROUTE, Shop.route(Shop.V2)));
    stream.next(CLUSTER);
    assertThat(client.routes()).isSameAs(before);

    await().untilAsserted(() -> assertThat(client.routes()).isNotEqualTo(before));
    assertThat(client.type(CLUSTER).missing()).containsExactly(Shop.V2);
  }

  private Stream establish() {
    CompletionStage<?> demand = client.xds.demand(Shop.LISTENER);
    Stream stream = server.nextStream();
    stream.next(LISTENER);
    stream.push(CLUSTER, "1", Map.of(Shop.V1, Shop.cluster(Shop.V1)));
    stream.push(ENDPOINTS, "1", Map.of(Shop.V1, Shop.endpoints(Shop.V1, "10.0.0.1")));
    stream.push(ROUTE, "1", Map.of(Shop.ROUTE, Shop.route(Shop.V1)));
    stream.push(LISTENER, "1", Map.of(Shop.LISTENER, Shop.listener()));
    done(demand);
    return stream;
  }

  private static Resource.Builder endpoints(String version, String ip, Duration ttl) {
    MessageLite endpoints = Shop.endpoints(Shop.V1, ip);
    return heartbeat(version, ttl)
        .setResource(Any.newBuilder().setTypeUrl(ENDPOINTS).setValue(endpoints.toByteString()));
  }

  private static Resource.Builder heartbeat(String version, Duration ttl) {
    return Resource.newBuilder()
        .setName(Shop.V1)
        .setVersion(version)
        .setTtl(
            com.google.protobuf.Duration.newBuilder()
                .setSeconds(ttl.toSeconds())
                .setNanos(ttl.toNanosPart()));
  }
}
