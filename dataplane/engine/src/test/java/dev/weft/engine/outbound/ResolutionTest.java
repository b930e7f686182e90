package dev.weft.engine.outbound;

import static dev.weft.engine.EngineFixture.LISTENER;
import static dev.weft.engine.EngineFixture.START_WAIT;
import static dev.weft.engine.EngineFixture.await;
import static dev.weft.engine.EngineFixture.respond;
import static dev.weft.engine.EngineFixture.send;
import static dev.weft.engine.Model.TLS;
import static dev.weft.engine.Model.cluster;
import static dev.weft.engine.Model.endpoint;
import static dev.weft.engine.Model.forward;
import static dev.weft.engine.Model.route;
import static dev.weft.engine.Model.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.EngineFixture;
import dev.weft.engine.FakeRequest;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.model.Cluster;
import dev.weft.engine.model.MeshSnapshot;
import dev.weft.engine.model.RouteTable;
import dev.weft.engine.outbound.OutboundStep.Pass;
import dev.weft.engine.outbound.OutboundStep.Send;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which calls are the mesh's, and what they wait for. */
class ResolutionTest {

  private final EngineFixture mesh = new EngineFixture();

  private void namesArrive() {
    mesh.engine.update(new MeshSnapshot(EngineFixture.hosts(), Map.of(), Map.of(), Map.of()));
    mesh.namesKnown.complete(null);
  }

  private void routesArrive() {
    mesh.configure(List.of(route("all", forward("c"))), cluster("c", 1001));
    mesh.answered.complete(null);
  }

  @ParameterizedTest
  @CsvSource({
    "catalog, true",
    "catalog.shop.svc, true",
    "catalog.shop.svc.cluster.local, true",
    "api.github.com, false",
    "svc.example.com, false",
    "localhost, false",
    "127.0.0.1, false",
    "::1, false"
  })
  void beforeNamesAreKnownOnlyMeshLookingCallsWait(String host, boolean waits) {
    OutboundCall call = mesh.engine.outbound(new FakeRequest().host(host));
    if (waits) {
      assertThat(call).isNotNull();
    } else {
      assertThat(call).isNull();
    }
  }

  @Test
  void aFirstCallWaitsForNamesAndThenForItsRoutes() {
    OutboundCall call = mesh.call();
    CompletableFuture<?> names = await(call);
    assertThat(await(call)).as("asking early changes nothing").isSameAs(names);
    assertThat(mesh.telemetry.events).isEmpty();
    namesArrive();
    assertThat(names).isDone();
    CompletableFuture<?> routes = await(call);
    assertThat(mesh.demanded).containsExactly(LISTENER);
    routesArrive();
    assertThat(routes).isDone();
    assertThat(call.next()).isInstanceOf(Send.class);
    assertThat(mesh.timer.pending()).isZero();
  }

  @Test
  void withoutAControlServerOnlyTheFirstCallsWait() {
    OutboundCall first = mesh.call();
    CompletableFuture<?> wait = await(first);
    mesh.timer.pass(START_WAIT.minusMillis(500));
    OutboundCall second = mesh.call();
    CompletableFuture<?> shorter = await(second);
    mesh.timer.pass(Duration.ofMillis(499));
    assertThat(wait).isNotDone();
    mesh.timer.pass(Duration.ofMillis(1));
    assertThat(wait).isDone();
    assertThat(shorter).isDone();
    assertThat(first.next()).isInstanceOf(Pass.class);
    assertThat(first.next()).as("terminal").isInstanceOf(Pass.class);
    assertThat(second.next()).isInstanceOf(Pass.class);
    assertThat(mesh.call().next()).as("no later call waits").isInstanceOf(Pass.class);
    assertThat(mesh.telemetry.events).isEmpty();
  }

  @Test
  void isCancelledWhileItWaits() {
    OutboundCall call = mesh.call();
    CompletableFuture<?> names = await(call);
    call.cancelled();
    assertThat(names).isDone();
    assertThat(EngineFixture.done(call).winner()).isNull();
    namesArrive();
    routesArrive();
    assertThat(EngineFixture.done(call).winner()).as("terminal").isNull();
    assertThat(mesh.telemetry.events).isEmpty();
  }

  @Test
  void isCancelledAfterItWaited() {
    OutboundCall call = mesh.call();
    assertThat(await(call)).isNotDone();
    namesArrive();
    routesArrive();
    Attempt only = send(call);
    call.cancelled();
    assertThat(EngineFixture.done(call).winner()).isSameAs(only);
    assertThat(mesh.telemetry.events).endsWith("call ended 0 DC route all cluster c at 1001");
  }

  @Test
  void aListenerThatNeverComesIsWaitedForOnce() {
    namesArrive();
    OutboundCall first = mesh.call();
    CompletableFuture<?> wait = await(first);
    mesh.timer.pass(START_WAIT);
    assertThat(wait).isDone();
    assertThat(first.next()).isInstanceOf(Pass.class);
    assertThat(mesh.call().next()).isInstanceOf(Pass.class);
    assertThat(mesh.demanded).as("asked for once").containsExactly(LISTENER);
    routesArrive();
    assertThat(mesh.call().next()).isInstanceOf(Send.class);
    namesArrive();
    assertThat(mesh.call().next())
        .as("lost, and waited for again")
        .isInstanceOf(OutboundStep.Wait.class);
  }

  @Test
  void aListenerThatDoesNotExistIsNotTheMeshs() {
    mesh.engine.update(EngineFixture.snapshot(RouteTable.MISSING));
    assertThat(mesh.engine.outbound(new FakeRequest())).isNull();
  }

  @Test
  void aListenerThatTurnsOutMissingIsPassed() {
    namesArrive();
    OutboundCall call = mesh.call();
    CompletableFuture<?> wait = await(call);
    mesh.engine.update(EngineFixture.snapshot(RouteTable.MISSING));
    mesh.answered.complete(null);
    assertThat(wait).isDone();
    assertThat(call.next()).isInstanceOf(Pass.class);
  }

  @ParameterizedTest
  @CsvSource({
    "catalog, 8080, http, true",
    "CATALOG, 8080, http, true",
    "catalog.shop.svc.cluster.local, 8080, http, true",
    "catalog.shop.svc.cluster.local., 8080, http, true",
    "10.0.0.7, 8080, http, true",
    "catalog, 9090, http, false",
    "catalog, 8080, https, false",
    "elsewhere, 8080, http, false",
    "elsewhere.svc, 8080, http, false"
  })
  void theMeshsAreDeclaredPortsOfItsHostsInPlaintext(
      String host, int port, String scheme, boolean meshed) {
    routesArrive();
    FakeRequest request = new FakeRequest().host(host);
    request.port = port;
    request.scheme = scheme;
    OutboundCall call = mesh.engine.outbound(request);
    if (meshed) {
      assertThat(call).isNotNull();
    } else {
      assertThat(call).isNull();
    }
  }

  // Certificates; see OutboundRouter

  private void tls(boolean required, boolean endpointSpeaksIt) {
    Cluster secured =
        with(
            with(cluster("c"), TLS, required), List.of(endpoint(1001, 1, endpointSpeaksIt, false)));
    mesh.configure(List.of(route("all", forward("c"))), secured);
  }

  @Test
  void speaksMeshTlsToEndpointsThatDo() {
    tls(false, true);
    assertThat(send(mesh.call()).tls()).isEqualTo(TLS);
    assertThat(mesh.telemetry.events).endsWith("attempt 1 to 1001 by mTLS");
    tls(false, false);
    assertThat(send(mesh.call()).tls()).isNull();
  }

  @Test
  void neverUsesAnEndpointThatLacksRequiredTls() {
    tls(true, false);
    assertThat(respond(mesh.call()).flag()).isEqualTo(ResponseFlag.NO_HEALTHY_UPSTREAM);
  }

  @Test
  void waitsForTheFirstCertificate() {
    mesh.certificate = false;
    tls(false, true);
    OutboundCall call = mesh.call();
    CompletableFuture<?> wait = await(call);
    mesh.timer.pass(Duration.ofMillis(50));
    assertThat(wait).isNotDone();
    mesh.certificate = true;
    mesh.timer.pass(Duration.ofMillis(10));
    assertThat(wait).isDone();
    assertThat(send(call).tls()).isEqualTo(TLS);
  }

  @Test
  void speaksPlaintextIfItNeverHadACertificate() {
    mesh.certificate = false;
    tls(false, true);
    OutboundCall call = mesh.call();
    CompletableFuture<?> wait = await(call);
    mesh.timer.pass(START_WAIT);
    assertThat(wait).isDone();
    assertThat(send(call).tls()).isNull();
    assertThat(mesh.call().next()).as("no later call waits").isInstanceOf(Send.class);
    tls(true, true);
    assertThat(respond(mesh.call()).flag()).isEqualTo(ResponseFlag.UPSTREAM_CONNECTION_FAILURE);
  }

  @Test
  void neverFallsBackToPlaintextOnceItHadACertificate() {
    tls(false, true);
    send(mesh.call());
    mesh.certificate = false;
    assertThat(respond(mesh.call()).flag()).isEqualTo(ResponseFlag.UPSTREAM_CONNECTION_FAILURE);
  }

  @Test
  void internsConnectionKeys() {
    tls(false, true);
    ConnectionKey secured = send(mesh.call()).connectionKey();
    assertThat(send(mesh.call()).connectionKey()).isSameAs(secured);
    mesh.configure(
        List.of(route("all", forward("c"))),
        with(with(cluster("c"), TLS, false), List.of(endpoint(1001, 3, true, false))));
    assertThat(send(mesh.call()).connectionKey()).as("after an update").isSameAs(secured);
    tls(false, false);
    ConnectionKey plaintext = send(mesh.call()).connectionKey();
    assertThat(plaintext).isNotEqualTo(secured);
    mesh.configure(List.of(route("all", forward("d"))), cluster("d", 1001));
    assertThat(send(mesh.call()).connectionKey()).as("of another cluster").isSameAs(plaintext);
  }
}
