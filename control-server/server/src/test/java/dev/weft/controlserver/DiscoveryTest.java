package dev.weft.controlserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What files say gets into force and to the clients, or it is said why it doesn't. */
class DiscoveryTest extends ServerTest {

  DiscoveryTest(@TempDir Path directory) throws IOException {
    super(directory);
  }

  @Test
  void pushesTheChainOfAListenerInOneGo() {
    DeltaClient client = client();
    client.subscribe(DeltaClient.NAME_TABLE, "*");
    await().until(() -> client.held(DeltaClient.NAME_TABLE).containsKey("shop"));
    client.subscribe(DeltaClient.LISTENER, "catalog:8080");
    await().until(() -> client.held(DeltaClient.LISTENER).containsKey("catalog:8080"));

    assertThat(client.order())
        .containsExactly(
            "NameTable", "Cluster", "ClusterLoadAssignment", "RouteConfiguration", "Listener");
    awaitStatus("\"synced\" : true");
    assertThat(server.get("/api/status"))
        .contains("\"kind\" : \"agent\"")
        .contains("\"authenticated\" : true")
        .contains("\"peer\" : \"127.0.0.1:");
  }

  @Test
  void aHostThatIsNotTheMeshsIsTold() {
    DeltaClient client = client();
    client.subscribe(DeltaClient.LISTENER, "example.org:80");

    await()
        .untilAsserted(
            () ->
                assertThat(client.responses)
                    .singleElement()
                    .satisfies(
                        response ->
                            assertThat(response.getRemovedResourcesList())
                                .containsExactly("example.org:80")));
  }

  @Test
  void aBadFileLeavesTheGoodOneInForce() throws IOException {
    DeltaClient client = clientOfCatalog();
    Files.writeString(
        config.resolve("catalog.yaml"), CATALOG.replace("number: 8080", "number: many"));

    awaitStatus("\"accepted\" : false");
    assertThat(server.get("/api/status"))
        .contains("\"severity\" : \"error\"")
        .contains("\"file\" : \"catalog.yaml\"")
        .contains("\"kind\" : \"ServiceEntry\"")
        .contains("\"resource\" : \"shop/catalog\"")
        .contains("\"field\" : \"spec.ports[0].number\"");
    assertThat(server.log()).contains("ServiceEntry shop/catalog: spec.ports[0].number");
    assertThat(server.get("/api/services")).contains("catalog.shop.svc.cluster.local");
    assertThat(client.held(DeltaClient.LISTENER)).containsKey("catalog:8080");
  }

  @Test
  void aDeletedFileTakesItsResourcesAlong() throws IOException {
    DeltaClient client = clientOfCatalog();
    Files.delete(config.resolve("catalog.yaml"));

    await().until(() -> client.held(DeltaClient.LISTENER).isEmpty());
    assertThat(client.held(DeltaClient.ENDPOINTS)).isEmpty();
  }

  @Test
  void saysWhatDoesNotFitTogether() throws IOException {
    Files.writeString(
        config.resolve("lost.yaml"),
        """
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: lost, namespace: shop}
        spec:
          hosts: [catalog]
          http:
            - route:
                - destination: {host: nowhere}
        """);

    awaitStatus("nowhere");
    assertThat(server.log()).contains("nowhere");
    Files.delete(config.resolve("lost.yaml"));
  }

  @Test
  void aNewFileDisplacesNothingAndIsToldSo() throws IOException {
    Path newcomer = config.resolve("aaa.yaml");
    Files.writeString(newcomer, CATALOG.replace("8080", "9090"));
    awaitStatus("is not in force: it is defined at catalog.yaml:3 too");

    assertThat(server.get("/api/services")).contains("8080").doesNotContain("9090");
    await()
        .untilAsserted(
            () ->
                assertThat(server.log())
                    .contains(
                        "aaa.yaml:3: warning: ServiceEntry shop/catalog: is not in force:"
                            + " it is defined at catalog.yaml:3 too"));
    assertThat(server.log())
        .contains("nothing of aaa.yaml is in force")
        .doesNotContain("Mesh - aaa.yaml is in force");

    Files.delete(config.resolve("catalog.yaml"));
    await()
        .untilAsserted(
            () -> assertThat(server.log()).contains("Mesh - aaa.yaml is in force: 1 resources"));
    Files.delete(newcomer);
    await().untilAsserted(() -> assertThat(server.log()).contains("aaa.yaml is gone"));
  }

  @Test
  void aFileOfOtherKindsIsNotSaidToBeInForce() throws IOException {
    Path file = config.resolve("kind.yaml");
    Files.writeString(file, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");

    awaitStatus("ConfigMap is no kind of the mesh; ignored");
    assertThat(server.log())
        .contains("nothing of kind.yaml is in force")
        .doesNotContain("Mesh - kind.yaml is in force");
    Files.delete(file);
  }

  @Test
  void saysOnceThatAFileIsNotRead() throws IOException {
    Files.writeString(config.resolve("routes.json"), "{}");
    // Each look at the directory sees it.
    Files.writeString(config.resolve("look.yaml"), "");
    awaitStatus("look.yaml");
    Files.delete(config.resolve("look.yaml"));
    await().untilAsserted(() -> assertThat(server.log()).contains("look.yaml is gone"));

    assertThat(server.log())
        .containsOnlyOnce("routes.json is not read: only files named *.yaml or *.yml are");
  }

  @Test
  void saysHowItIs() {
    assertThat(server.get("/healthz/ready")).contains("true");
    assertThat(server.get("/metrics")).contains("weft_control_xds_streams");
  }
}
