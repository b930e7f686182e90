package dev.weft.config.model;

import static dev.weft.config.model.Manifests.A;
import static dev.weft.config.model.Manifests.entryOfA;
import static dev.weft.config.model.Manifests.serviceEntry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.config.Fixtures;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who may serve a host. */
class EntitlementTest {

  @ParameterizedTest(name = "service account {0} may serve where the entry says {1}: {2}")
  @CsvSource(
      delimiter = '|',
      value = {
        "a        | resolution: STATIC | true",
        "attacker | resolution: STATIC | false",
        // Whom the entry names, it names for good.
        "b        | subjectAltNames: ['spiffe://cluster.local/ns/shop/sa/b'] | true",
        "a        | subjectAltNames: ['spiffe://cluster.local/ns/shop/sa/b'] | false",
        "a        | subjectAltNames: ['spiffe://cluster.local/ns/bank/sa/a'] | false",
        // So do its endpoints.
        "b        | endpoints: [{address: 10.0.0.7, serviceAccount: b}] | true",
        "a        | endpoints: [{address: 10.0.0.7, serviceAccount: b}] | false",
      })
  void onlyWhoIsEntitledServes(String account, String declaration, boolean entitled) {
    String yaml =
        serviceEntry(
            "a",
            "{hosts: ["
                + A
                + "], location: MESH_INTERNAL, ports: [{number: 8080, name: http}],"
                + (declaration.startsWith("resolution") ? "" : " resolution: STATIC, ")
                + declaration
                + "}");
    RegisteredWorkload workload = Fixtures.workload("a", account, "10.6.6.6", Map.of());
    MeshModel model = Fixtures.model(yaml, workload);
    assertThat(endpointsOfA(model).stream().anyMatch(e -> e.address().equals("10.6.6.6")))
        .isEqualTo(entitled);
    assertThat(model.refusal(workload).isEmpty()).isEqualTo(entitled);
  }

  @Test
  void aServiceWithoutConfigurationIsItsOwnAccounts() {
    RegisteredWorkload attacker = Fixtures.workload("a", "attacker", "10.6.6.6", Map.of());
    MeshModel alone = Fixtures.model("", attacker);
    assertThat(alone.service(A, "shop")).isEmpty();
    assertThat(alone.refusal(attacker))
        .hasValue(
            "spiffe://cluster.local/ns/shop/sa/attacker may not serve a.shop.svc.cluster.local,"
                + " which is for spiffe://cluster.local/ns/shop/sa/a: give it that identity, or add"
                + " its own to subjectAltNames in the host's ServiceEntry");
    RegisteredWorkload own = Fixtures.workload("a", "v1", "10.0.0.1", 8080);
    Service service = Fixtures.model("", attacker, own).service(A, "shop").orElseThrow();
    assertThat(service.endpoints(8080)).extracting(Endpoint::address).containsExactly("10.0.0.1");
    assertThat(service.identities()).containsExactly("spiffe://cluster.local/ns/shop/sa/a");
  }

  @Test
  void aLabelAloneMakesNobodyServe() {
    MeshModel model =
        Fixtures.model(
            entryOfA("workloadSelector: {labels: {app: a}}"),
            Fixtures.workload("x", "x", "10.6.6.6", Map.of("app", "a")));
    assertThat(endpointsOfA(model)).isEmpty();
    assertThat(model.service("x.shop.svc.cluster.local", "shop")).isPresent();
    assertThat(Analysis.of(model))
        .singleElement()
        .asString()
        .contains("ServiceEntry shop/a: spec.workloadSelector: ")
        .contains("10.6.6.6", "is left out", "spiffe://cluster.local/ns/shop/sa/x may not serve");
  }

  @Test
  void whoeverIsNotDeclaredAtAnAddressSaysNothingOfIt() {
    String yaml =
        entryOfA(
            "endpoints: [{address: 10.0.0.1, serviceAccount: a,"
                + " labels: {security.istio.io/tlsMode: istio}},"
                + " {address: 10.0.0.2, serviceAccount: b}]");
    MeshModel model = Fixtures.model(yaml, Fixtures.workload("a", "b", "10.0.0.1", Map.of()));
    assertThat(endpointsOfA(model))
        .filteredOn(endpoint -> endpoint.address().equals("10.0.0.1"))
        .singleElement()
        .returns("a", Endpoint::serviceAccount)
        .returns(true, Endpoint::mutualTls);
  }

  @Test
  void thereIsAlwaysAnIdentityToExpect() {
    String yaml =
        entryOfA("endpoints: [{address: 10.0.0.1, labels: {security.istio.io/tlsMode: istio}}]");
    assertThat(Fixtures.model(yaml).service(A, "shop").orElseThrow().identities())
        .containsExactly("spiffe://cluster.local/ns/shop/sa/a");
  }

  private static List<Endpoint> endpointsOfA(MeshModel model) {
    return model.service(A, "shop").orElseThrow().endpoints(8080);
  }
}
