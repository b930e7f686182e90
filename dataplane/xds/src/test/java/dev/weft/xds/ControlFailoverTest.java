package dev.weft.xds;

import static dev.weft.xds.ScriptedControlServer.NAMES;
import static dev.weft.xds.TestClient.done;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.xds.ScriptedControlServer.Stream;
import dev.weft.xds.proto.DeltaDiscoveryRequest;
import io.grpc.Status;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Several addresses of the control server. */
class ControlFailoverTest {

  private ScriptedControlServer first = ScriptedControlServer.start();
  private ScriptedControlServer second = ScriptedControlServer.start();
  private final TestClient client = TestClient.of(XdsProtocol.AUTO, first, second);

  @AfterEach
  void close() {
    client.close();
    first.close();
    second.close();
  }

  @Test
  void theFirstIsUsedWhileItServes() {
    first.nextStream().push(NAMES, "1", Map.of());

    done(client.xds.namesKnown());
    assertThat(client.xds.status().server()).isEqualTo(first.address());
    assertThat(client.xds.status().servers()).containsExactly(first.address(), second.address());
    assertThat(second.hasStream()).isFalse();
  }

  @Test
  void theNextServesWhileTheFirstIsAwayAndTheFirstWhenItIsBack() throws Exception {
    Stream before = first.nextStream();
    before.push(NAMES, "7", Map.of("shop", Shop.names("shop", "catalog")));
    done(client.xds.namesKnown());

    Socket port = first.closeAndKeepPort();
    Stream meanwhile = second.nextStream();
    DeltaDiscoveryRequest names = meanwhile.next(NAMES);
    assertThat(names.hasNode()).isTrue();
    assertThat(names.getInitialResourceVersionsMap())
        .as("another server's versions mean something else: it sends all, and says what is gone")
        .containsExactly(Map.entry("shop", ""));
    meanwhile.push(NAMES, "1", Map.of("bank", Shop.names("bank", "till")), List.of("shop"));
    await().untilAsserted(() -> assertThat(client.xds.status().connected()).isTrue());
    assertThat(client.xds.status().server()).isEqualTo(second.address());
    assertThat(client.xds.status().lastFailure()).startsWith(first.address() + ": ");

    first = ScriptedControlServer.startAt(port);
    Stream after = first.nextStream();
    assertThat(after.next(NAMES).getInitialResourceVersionsMap())
        .containsExactly(Map.entry("bank", ""));
    after.push(NAMES, "8", Map.of());
    await().untilAsserted(() -> assertThat(client.xds.status().connected()).isTrue());
    assertThat(client.xds.status().server()).isEqualTo(first.address());
    assertThat(second.hasStream()).isFalse();
  }

  @Test
  void oneThatServesNobodyIsPassedOver() {
    first.nextStream().fail(Status.UNAVAILABLE.withDescription("starting"));

    second.nextStream().push(NAMES, "1", Map.of());

    await().untilAsserted(() -> assertThat(client.xds.namesKnown().toCompletableFuture()).isDone());
    // It can be reached, so it is tried again; less and less often, as long as it does not serve.
    first.nextStream().fail(Status.UNAVAILABLE.withDescription("still starting"));
    second.nextStream().push(NAMES, "1", Map.of());
  }

  @Test
  void whileNoneServesAllAreTriedAgain() throws Exception {
    first.nextStream();
    Socket one = first.closeAndKeepPort();
    Socket two = second.closeAndKeepPort();
    try (one) {
      await()
          .untilAsserted(
              () ->
                  assertThat(client.xds.status().lastFailure())
                      .startsWith(second.address() + ": ")
                      .contains("refused"));

      second = ScriptedControlServer.startAt(two);

      second.nextStream().push(NAMES, "1", Map.of());
      done(client.xds.namesKnown());
    }
  }

  @Test
  void registrationAndCertificatesUseTheSameServer() throws Exception {
    WorkloadRegistration registration =
        new WorkloadRegistration(
            client.connection,
            new Workload("i", "127.0.0.1", "shop", "storefront", "front", Map.of(), "weft-test/1"));
    registration.start();
    ScriptedControlServer.next(first.registrations);

    first.nextStream().fail(Status.UNAVAILABLE);
    second.nextStream();

    ScriptedControlServer.next(second.registrations);
    assertThat(new CertificateClient(client.connection).sign("good", 60)).hasSize(2);
    assertThat(second.authorizations).hasSizeGreaterThanOrEqualTo(3);
    registration.close();
  }
}
