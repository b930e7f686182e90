package dev.weft.config.model;

import static dev.weft.config.model.Manifests.A;
import static dev.weft.config.model.Manifests.STATIC_A;
import static dev.weft.config.model.Manifests.entryOfA;
import static dev.weft.config.model.Manifests.manifest;
import static dev.weft.config.model.Manifests.peerAuthentication;
import static dev.weft.config.model.Manifests.serviceEntry;
import static dev.weft.config.model.Manifests.workloadEntry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import dev.weft.config.Fixtures;
import dev.weft.config.model.RegisteredWorkload.ListeningPort;
import dev.weft.config.source.Finding;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which endpoints a service has. */
class EndpointsTest {

  @Test
  void aRegisteredWorkloadNeedsNoConfiguration() {
    MeshModel model = Fixtures.model("", Fixtures.workload("a", "v1", "10.0.0.1", 8080));
    Service service = model.service(A, "elsewhere").orElseThrow();
    assertThat(service.ports()).extracting(ServicePort::number).containsExactly(8080);
    assertThat(service.endpoints(8080))
        .singleElement()
        .returns("10.0.0.1", Endpoint::address)
        .returns(true, Endpoint::mutualTls)
        .returns("a", Endpoint::serviceAccount)
        .returns(Map.of("app", "a", "version", "v1"), Endpoint::labels);
  }

  @Test
  void aRegisteredWorkloadServesTheEntryThatIsNamedLikeIt() {
    MeshModel model = Fixtures.model(STATIC_A, Fixtures.workload("a", "v1", "10.0.0.1", 8080));
    assertThat(model.services()).hasSize(1);
    assertThat(endpoints(model, A, 80)).extracting(Endpoint::port).containsExactly(8080);
  }

  @Test
  void anotherNamespacesWorkloadDoesNotServe() {
    RegisteredWorkload foreign =
        new RegisteredWorkload(
            "x",
            "a",
            "elsewhere",
            "a",
            "10.0.0.1",
            Map.of(),
            List.of(new ListeningPort(8080, true, "tomcat")),
            true);
    MeshModel model = Fixtures.model(STATIC_A, foreign);
    assertThat(endpoints(model, A, 80)).isEmpty();
    assertThat(model.service("a.elsewhere.svc.cluster.local", "shop")).isPresent();
  }

  @Test
  void theOnlyPortServesWhateverItsNumber() {
    MeshModel model = Fixtures.model(STATIC_A, Fixtures.workload("a", "v1", "10.0.0.1", 9999));
    assertThat(endpoints(model, A, 80)).extracting(Endpoint::port).containsExactly(9999);
  }

  @Test
  void whatIsNotKnownToSpeakHttpDoesNotCount() {
    // JMX, a debugger, a lock.
    ListeningPort jmx = new ListeningPort(7091, false, "x");
    ListeningPort tomcat = new ListeningPort(9999, true, "tomcat");
    for (List<ListeningPort> ports : List.of(List.of(jmx, tomcat), List.of(tomcat, jmx))) {
      MeshModel model = Fixtures.model(STATIC_A, listening(ports));
      assertThat(endpoints(model, A, 80)).extracting(Endpoint::port).containsExactly(9999);
      assertThat(Analysis.of(model)).isEmpty();
    }
    MeshModel without = Fixtures.model(STATIC_A, listening(List.of(jmx)));
    assertThat(endpoints(without, A, 80)).isEmpty();
    assertThat(Analysis.of(without))
        .singleElement()
        .returns("spec.ports[0].targetPort", Finding::field)
        .extracting(Finding::message, STRING)
        .contains("what is registered as a listens on 7091", "it serves nothing");
    MeshModel named =
        Fixtures.model(
            STATIC_A.replace("targetPort: 8080", "targetPort: 7091"),
            listening(List.of(jmx, tomcat)));
    assertThat(endpoints(named, A, 80)).extracting(Endpoint::port).containsExactly(7091);
  }

  @Test
  void ofSeveralPortsTheFirstOpenedServesAndTheGuessIsShown() {
    List<ListeningPort> ports =
        List.of(new ListeningPort(9999, true, "tomcat"), new ListeningPort(9998, true, "tomcat"));
    MeshModel model = Fixtures.model(STATIC_A, listening(ports));
    assertThat(endpoints(model, A, 80)).extracting(Endpoint::port).containsExactly(9999);
    assertThat(Analysis.of(model))
        .singleElement()
        .extracting(Finding::message, STRING)
        .contains("listens on 9999, 9998, but not on 8080", "9999, opened first, is taken");
  }

  private static RegisteredWorkload listening(List<ListeningPort> ports) {
    return new RegisteredWorkload("two", "a", "shop", "a", "10.0.0.2", Map.of(), ports, true);
  }

  @Test
  void anExternalHostIsNotServedByWhatHappensToBeNamedAlike() {
    MeshModel model =
        Fixtures.model(
            serviceEntry(
                "x",
                "{hosts: [a.vendor.example], resolution: DNS, location: MESH_EXTERNAL,"
                    + " ports: [{number: 8080, name: http}]}"),
            Fixtures.workload("a", "v1", "10.0.0.1", 8080));
    assertThat(endpoints(model, "a.vendor.example", 8080))
        .extracting(Endpoint::address)
        .as("what DNS says of itself")
        .containsExactly("a.vendor.example");
    assertThat(endpoints(model, A, 8080)).hasSize(1);
  }

  @Test
  void aSelectorChoosesByLabels() {
    // ServiceEntry.workloadSelector; WorkloadEntry and registered workloads alike.
    String yaml =
        serviceEntry(
                "a",
                "{hosts: [a.example], resolution: STATIC, ports: [{number: 80, name: http}],"
                    + " workloadSelector: {labels: {app: b}},"
                    + " subjectAltNames: ['spiffe://cluster.local/ns/shop/sa/b']}")
            + workloadEntry("w", "{address: 10.0.0.7, labels: {app: b}, ports: {http: 8081}}");
    MeshModel model = Fixtures.model(yaml, Fixtures.workload("b", "v1", "10.0.0.1", 80));
    assertThat(endpoints(model, "a.example", 80))
        .extracting(endpoint -> endpoint.address() + ":" + endpoint.port())
        .containsExactly("10.0.0.1:80", "10.0.0.7:8081");
    assertThat(endpoints(model, "a.example", 80))
        .extracting(Endpoint::mutualTls)
        .containsExactly(true, false);
  }

  @ParameterizedTest
  @CsvSource({"STATIC, 0", "DNS, 1"})
  void aWorkloadEntrysHostNameIsForDns(String resolution, int endpoints) {
    String yaml =
        serviceEntry(
                "a",
                "{hosts: [a.example], resolution: "
                    + resolution
                    + ", ports: [{number: 80, name: http}], workloadSelector: {labels: {app: b}}}")
            + workloadEntry("w", "{address: one.example, labels: {app: b}}");
    assertThat(endpoints(Fixtures.model(yaml), "a.example", 80)).hasSize(endpoints);
  }

  @Test
  void whatIsDeclaredAndRegisteredIsOneEndpoint() {
    String yaml = entryOfA("endpoints: [{address: 10.0.0.1, weight: 7, labels: {version: v9}}]");
    MeshModel model = Fixtures.model(yaml, Fixtures.workload("a", "v1", "10.0.0.1", 8080));
    assertThat(endpoints(model, A, 8080))
        .singleElement()
        .returns(7, Endpoint::weight)
        .returns(true, Endpoint::mutualTls)
        .returns("a", Endpoint::serviceAccount)
        .returns(Map.of("app", "a", "version", "v9"), Endpoint::labels);
  }

  @Test
  void aWorkloadThatCameBackIsOneEndpoint() {
    // Killed and restarted at its old address: its first stream may outlive it for a while.
    RegisteredWorkload now = Fixtures.workload("a", "v1", "10.0.0.1", 8080);
    RegisteredWorkload before =
        new RegisteredWorkload(
            "0",
            now.service(),
            now.namespace(),
            now.serviceAccount(),
            now.address(),
            now.labels(),
            now.ports(),
            false);
    for (String yaml : List.of("", STATIC_A)) {
      MeshModel model = Fixtures.model(yaml, before, now);
      assertThat(endpoints(model, A, yaml.isEmpty() ? 8080 : 80))
          .singleElement()
          .returns(true, Endpoint::ready);
    }
  }

  /** WorkloadGroup.template, for workloads that register themselves. */
  @Test
  void aGroupCompletesItsWorkloads() {
    String group =
        manifest(
            "networking",
            "WorkloadGroup",
            "shop",
            "g",
            "{metadata: {labels: {app: a}}, template: {labels: {tier: front, version: v9}, ports:"
                + " {http: 8082}, locality: eu/a, weight: 7, serviceAccount: a}}");
    RegisteredWorkload member =
        new RegisteredWorkload(
            "1",
            "a",
            "shop",
            "a",
            "10.0.0.1",
            Map.of("version", "v1"),
            List.of(
                new ListeningPort(8081, true, "tomcat"), new ListeningPort(8082, true, "tomcat")),
            true);
    assertThat(endpoints(Fixtures.model(STATIC_A + group, member), A, 80))
        .singleElement()
        .returns(8082, Endpoint::port)
        .returns(7, Endpoint::weight)
        .returns("eu/a", Endpoint::locality)
        .extracting(Endpoint::labels)
        .satisfies(
            labels ->
                assertThat(labels)
                    .containsEntry("tier", "front")
                    .containsEntry("version", "v1")
                    .containsEntry("app", "a"));
    String others = group.replace("serviceAccount: a", "serviceAccount: b");
    assertThat(endpoints(Fixtures.model(STATIC_A + others, member), A, 80))
        .singleElement()
        .returns(8081, Endpoint::port)
        .returns(1, Endpoint::weight);
  }

  @Test
  void noMutualTlsToAPortThatDisablesIt() {
    // istio/pilot/pkg/xds/endpoints: an endpoint under DISABLE has no tlsMode.
    String yaml = peerAuthentication("shop", "plain", "{mtls: {mode: DISABLE}}");
    MeshModel model = Fixtures.model(yaml, Fixtures.workload("a", "v1", "10.0.0.1", 8080));
    assertThat(endpoints(model, A, 8080)).extracting(Endpoint::mutualTls).containsExactly(false);
  }

  @Test
  void aWildcardIsServedByTheEndpointsOfItsEntry() {
    MeshModel model =
        Fixtures.model(
            serviceEntry(
                "x",
                "{hosts: ['*.example'], resolution: DNS, ports: [{number: 80, name: http}],"
                    + " endpoints: [{address: x.example}]}"));
    assertThat(model.service("a.example", "shop")).get().returns(true, Service::inMesh);
    assertThat(endpoints(model, "a.example", 80))
        .extracting(Endpoint::address)
        .containsExactly("x.example");
  }

  private static List<Endpoint> endpoints(MeshModel model, String host, int port) {
    return model.service(host, "shop").orElseThrow().endpoints(port);
  }
}
