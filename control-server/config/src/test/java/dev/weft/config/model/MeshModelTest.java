package dev.weft.config.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.config.Fixtures;
import dev.weft.config.model.PeerAuthentication.Mode;
import dev.weft.config.model.RegisteredWorkload.ListeningPort;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What holds for whom. */
class MeshModelTest {

  private static final String A = "a.shop.svc.cluster.local";

  private static String serviceEntry(String name, String spec) {
    return "---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: "
        + name
        + ", namespace: shop}\nspec: "
        + spec
        + "\n";
  }

  private static String destinationRule(String namespace, String name, String spec) {
    return "---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: "
        + name
        + ", namespace: "
        + namespace
        + "}\nspec: "
        + spec
        + "\n";
  }

  private static String peerAuthentication(String namespace, String name, String spec) {
    return "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: "
        + name
        + ", namespace: "
        + namespace
        + "}\nspec: "
        + spec
        + "\n";
  }

  private static String virtualService(String namespace, String name, String host) {
    return "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: "
        + name
        + ", namespace: "
        + namespace
        + "}\nspec: {hosts: ["
        + host
        + "], http: [{route: [{destination: {host: a}}]}]}\n";
  }

  private static final String STATIC_A =
      serviceEntry(
          "a",
          "{hosts: ["
              + A
              + "], resolution: STATIC, ports: [{number: 80, name: http, protocol: HTTP,"
              + " targetPort: 8080}]}");

  private static List<Endpoint> endpoints(MeshModel model, String host, int port) {
    return model.service(host, "shop").orElseThrow().endpoints(port);
  }

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
  void ofSeveralPortsNoneServesUnlessItIsTheTarget() {
    RegisteredWorkload one = Fixtures.workload("a", "v1", "10.0.0.1", 9999);
    RegisteredWorkload two =
        new RegisteredWorkload(
            "two",
            "a",
            "shop",
            "a",
            "10.0.0.2",
            Map.of(),
            List.of(new ListeningPort(9998, false, "x"), new ListeningPort(9999, true, "y")),
            true);
    MeshModel model = Fixtures.model(STATIC_A, one, two);
    assertThat(endpoints(model, A, 80)).extracting(Endpoint::address).containsExactly("10.0.0.1");
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
    assertThat(endpoints(model, "a.vendor.example", 8080)).isEmpty();
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
            + "---\napiVersion: networking.istio.io/v1\nkind: WorkloadEntry\n"
            + "metadata: {name: w, namespace: shop}\n"
            + "spec: {address: 10.0.0.7, labels: {app: b}, ports: {http: 8081}}\n";
    MeshModel model = Fixtures.model(yaml, Fixtures.workload("b", "v1", "10.0.0.1", 80));
    assertThat(endpoints(model, "a.example", 80))
        .extracting(endpoint -> endpoint.address() + ":" + endpoint.port())
        .containsExactly("10.0.0.1:80", "10.0.0.7:8081");
    assertThat(endpoints(model, "a.example", 80))
        .extracting(Endpoint::mutualTls)
        .containsExactly(true, false);
  }

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
    assertThat(endpoints(model, A, 8080).stream().anyMatch(e -> e.address().equals("10.6.6.6")))
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
    String yaml =
        serviceEntry(
            "a",
            "{hosts: ["
                + A
                + "], resolution: STATIC, ports: [{number: 8080, name: http}],"
                + " workloadSelector: {labels: {app: a}}}");
    MeshModel model =
        Fixtures.model(yaml, Fixtures.workload("x", "x", "10.6.6.6", Map.of("app", "a")));
    assertThat(endpoints(model, A, 8080)).isEmpty();
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
        serviceEntry(
            "a",
            "{hosts: ["
                + A
                + "], resolution: STATIC, ports: [{number: 8080, name: http}], endpoints: ["
                + "{address: 10.0.0.1, serviceAccount: a,"
                + " labels: {security.istio.io/tlsMode: istio}},"
                + " {address: 10.0.0.2, serviceAccount: b}]}");
    MeshModel model = Fixtures.model(yaml, Fixtures.workload("a", "b", "10.0.0.1", Map.of()));
    assertThat(endpoints(model, A, 8080))
        .filteredOn(endpoint -> endpoint.address().equals("10.0.0.1"))
        .singleElement()
        .returns("a", Endpoint::serviceAccount)
        .returns(true, Endpoint::mutualTls);
  }

  @Test
  void thereIsAlwaysAnIdentityToExpect() {
    String yaml =
        serviceEntry(
            "a",
            "{hosts: ["
                + A
                + "], resolution: STATIC, ports: [{number: 8080, name: http}], endpoints:"
                + " [{address: 10.0.0.1, labels: {security.istio.io/tlsMode: istio}}]}");
    assertThat(Fixtures.model(yaml).service(A, "shop").orElseThrow().identities())
        .containsExactly("spiffe://cluster.local/ns/shop/sa/a");
  }

  @Test
  void whatIsDeclaredAndRegisteredIsOneEndpoint() {
    String yaml =
        serviceEntry(
            "a",
            "{hosts: ["
                + A
                + "], resolution: STATIC, ports: [{number: 8080, name: http}], endpoints:"
                + " [{address: 10.0.0.1, weight: 7, labels: {version: v9}}]}");
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

  @Test
  void noMutualTlsToAPortThatDisablesIt() {
    // istio/pilot/pkg/xds/endpoints: an endpoint under DISABLE has no tlsMode.
    String yaml = peerAuthentication("shop", "plain", "{mtls: {mode: DISABLE}}");
    MeshModel model = Fixtures.model(yaml, Fixtures.workload("a", "v1", "10.0.0.1", 8080));
    assertThat(endpoints(model, A, 8080)).extracting(Endpoint::mutualTls).containsExactly(false);
  }

  @Test
  void callsThatTheMeshCannotResolveAreLeftAlone() {
    MeshModel model =
        Fixtures.model(
            serviceEntry(
                "x", "{hosts: [x.example], resolution: DNS, ports: [{number: 80, name: http}]}"));
    assertThat(model.service("x.example", "shop")).get().returns(false, Service::inMesh);
  }

  @ParameterizedTest(name = "port {1} of a workload with app={0}: {2}")
  @CsvSource({
    // istio.io/docs, PeerAuthentication: workload, then namespace, then root; port before all.
    "narrow, 1, STRICT",
    "narrow, 8080, DISABLE",
    "unset, 1, PERMISSIVE",
    "other, 1, PERMISSIVE",
  })
  void theNarrowestPeerAuthenticationHolds(String app, int port, Mode mode) {
    MeshModel model =
        Fixtures.model(
            peerAuthentication("istio-system", "mesh", "{mtls: {mode: STRICT}}")
                + peerAuthentication("shop", "namespace", "{mtls: {mode: PERMISSIVE}}")
                + peerAuthentication(
                    "shop",
                    "workload",
                    "{selector: {matchLabels: {app: narrow}}, mtls: {mode: STRICT},"
                        + " portLevelMtls: {8080: {mode: DISABLE}}}")
                + peerAuthentication("shop", "x", "{selector: {matchLabels: {app: unset}}}"));
    assertThat(model.peerAuthentication("shop", Map.of("app", app), port)).isEqualTo(mode);
    assertThat(model.peerAuthentication("elsewhere", Map.of("app", app), port))
        .isEqualTo(Mode.STRICT);
  }

  @Test
  void mutualTlsIsPermissiveByDefault() {
    assertThat(Fixtures.model("").peerAuthentication("shop", Map.of(), 1))
        .isEqualTo(Mode.PERMISSIVE);
  }

  @ParameterizedTest(name = "from {0}: {1}")
  @CsvSource({
    // istio/pilot/pkg/model/push_context.go, destinationRule: client, then service, then root.
    "client, of-client",
    "shop, of-service",
    "elsewhere, of-service",
  })
  void theCallersDestinationRuleComesFirst(String namespace, String expected) {
    MeshModel model =
        Fixtures.model(
            STATIC_A
                + destinationRule("client", "of-client", "{host: " + A + "}")
                + destinationRule("shop", "of-service", "{host: a}")
                + destinationRule("istio-system", "of-root", "{host: '*.local'}"));
    Service service = model.service(A, "shop").orElseThrow();
    assertThat(model.destinationRule(service, namespace).orElseThrow().metadata().name())
        .isEqualTo(expected);
  }

  @Test
  void theRootsDestinationRuleComesLast() {
    MeshModel model =
        Fixtures.model(
            STATIC_A
                + destinationRule("shop", "private", "{host: a, exportTo: ['.']}")
                + destinationRule("istio-system", "root", "{host: '*.local'}"));
    Service service = model.service(A, "shop").orElseThrow();
    assertThat(model.destinationRule(service, "elsewhere").orElseThrow().metadata().name())
        .isEqualTo("root");
  }

  @Test
  void rulesForOneHostAddUp() {
    // istio/pilot/pkg/model/destination_rule.go, mergeDestinationRule.
    MeshModel model =
        Fixtures.model(
            STATIC_A
                + destinationRule("shop", "one", "{host: a, subsets: [{name: v1}]}")
                + destinationRule(
                    "shop",
                    "two",
                    "{host: a, trafficPolicy: {loadBalancer: {simple: RANDOM}},"
                        + " subsets: [{name: v2}]}"));
    DestinationRule merged =
        model.destinationRule(model.service(A, "shop").orElseThrow(), "shop").orElseThrow();
    assertThat(merged.subsets())
        .extracting(DestinationRule.Subset::name)
        .containsExactly("v1", "v2");
    assertThat(merged.policy().balancing()).isEqualTo(TrafficPolicy.Balancing.RANDOM);
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "a.shop.svc.cluster.local, short",
    "b.shop.svc.cluster.local, wildcard",
    "b.example, all",
  })
  void theMostSpecificVirtualServiceHolds(String host, String expected) {
    MeshModel model =
        Fixtures.model(
            virtualService("shop", "all", "'*'")
                + virtualService("shop", "wildcard", "'*.shop.svc.cluster.local'")
                + virtualService("shop", "short", "a"));
    assertThat(model.virtualService(host, "x").orElseThrow().metadata().name()).isEqualTo(expected);
  }

  @Test
  void aShortHostBelongsToTheRulesNamespace() {
    MeshModel model = Fixtures.model(virtualService("other", "a", "a"));
    assertThat(model.virtualService(A, "shop")).isEmpty();
    assertThat(model.virtualService("a.other.svc.cluster.local", "shop")).isPresent();
  }

  @Test
  void portLevelSettingsReplaceAndDoNotMerge() {
    // networking.istio.io TrafficPolicy.portLevelSettings: fields not set get the defaults.
    TrafficPolicy ofPort =
        new TrafficPolicy(TrafficPolicy.Balancing.RANDOM, null, null, null, Map.of());
    TrafficPolicy rule =
        new TrafficPolicy(
            TrafficPolicy.Balancing.ROUND_ROBIN,
            null,
            TrafficPolicy.OutlierDetection.DEFAULT,
            null,
            Map.of(80, ofPort));
    assertThat(TrafficPolicy.NONE.merge(rule, 80)).isEqualTo(ofPort);
    assertThat(TrafficPolicy.NONE.merge(rule, 81).outliers()).isNotNull();
  }

  @Test
  void visibilityIsRespected() {
    MeshModel model =
        Fixtures.model(
            serviceEntry(
                "x",
                "{hosts: [x.example], resolution: STATIC, exportTo: ['.', friends],"
                    + " ports: [{number: 80, name: http}]}"));
    assertThat(model.service("x.example", "shop")).isPresent();
    assertThat(model.service("x.example", "friends")).isPresent();
    assertThat(model.service("x.example", "others")).isEmpty();
  }

  @Test
  void authorizationPoliciesOfTheRootHoldEverywhere() {
    String policy =
        "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: %s,"
            + " namespace: %s}\nspec: %s\n";
    MeshModel model =
        Fixtures.model(
            policy.formatted("root", "istio-system", "{}")
                + policy.formatted("shop", "shop", "{}")
                + policy.formatted("selected", "shop", "{selector: {matchLabels: {app: b}}}"));
    assertThat(names(model.authorizationPolicies("shop", Map.of("app", "a"))))
        .containsExactly("root", "shop");
    assertThat(names(model.authorizationPolicies("shop", Map.of("app", "b"))))
        .containsExactly("root", "selected", "shop");
    assertThat(names(model.authorizationPolicies("other", Map.of()))).containsExactly("root");
  }

  private static List<String> names(List<AuthorizationPolicy> policies) {
    return policies.stream().map(policy -> policy.metadata().name()).toList();
  }

  @Test
  void rulesForAHostThatSpeaksNoHttpAreReported() {
    String ports = "{hosts: [%s], resolution: STATIC, ports: [{number: 1, name: a, protocol: TCP}";
    MeshModel model =
        Fixtures.model(
            serviceEntry("raw", ports.formatted("raw.example") + "]}")
                + serviceEntry(
                    "both",
                    ports.formatted("both.example") + ", {number: 2, name: b, protocol: HTTP}]}")
                + STATIC_A
                + virtualService("shop", "raw", "raw.example")
                + virtualService("shop", "both", "both.example"));
    assertThat(Analysis.of(model))
        .extracting(found -> found.resource() + ": " + found.field() + ": " + found.message())
        .containsExactly(
            "VirtualService shop/raw: spec.hosts[0]:"
                + " is not applied: no port of raw.example is declared to speak HTTP");
  }

  @Test
  void whatOfSeveralDestinationRulesDoesNotHoldIsReported() {
    String random = "trafficPolicy: {loadBalancer: {simple: RANDOM}}";
    MeshModel model =
        Fixtures.model(
            STATIC_A
                + destinationRule("shop", "one", "{host: a, subsets: [{name: v1}]}")
                + destinationRule("shop", "two", "{host: " + A + ", " + random + "}")
                + destinationRule(
                    "shop", "three", "{host: a, " + random + ", subsets: [{name: v2}, {name: v1}]}")
                + destinationRule("other", "four", "{host: " + A + ", " + random + "}"));
    assertThat(Analysis.of(model))
        .extracting(found -> found.resource() + ": " + found.field() + ": " + found.message())
        .containsExactly(
            "DestinationRule shop/three: spec.subsets[1]: is not in force:"
                + " DestinationRule shop/one defines subset v1 of a.shop.svc.cluster.local already",
            "DestinationRule shop/two: spec.trafficPolicy: is not in force:"
                + " DestinationRule shop/three sets the one of a.shop.svc.cluster.local already");
  }

  @Test
  void namesThatLeadNowhereAreReported() {
    MeshModel model =
        Fixtures.model(
            STATIC_A
                + "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\n"
                + "metadata: {name: r, namespace: shop}\nspec:\n  hosts: [a, nobody]\n  http:\n"
                + "  - route:\n    - destination: {host: a, subset: v7}\n      weight: 1\n"
                + "    - destination: {host: a, port: {number: 81}}\n      weight: 1\n"
                + "    - destination: {host: missing}\n      weight: 1\n"
                + "  - route: [{destination: {host: a}}]\n"
                + virtualService("shop", "second", "a")
                + destinationRule("shop", "d", "{host: missing}"));
    assertThat(Analysis.of(model))
        .extracting(found -> found.resource() + ": " + found.field() + ": " + found.message())
        .containsExactly(
            "VirtualService shop/r: spec.hosts[1]:"
                + " no service has the host nobody.shop.svc.cluster.local",
            "VirtualService shop/r: spec.http[0].route[0].destination.subset:"
                + " no DestinationRule defines subset v7 of a.shop.svc.cluster.local",
            "VirtualService shop/r: spec.http[0].route[1].destination.port.number:"
                + " a.shop.svc.cluster.local has no port 81",
            "VirtualService shop/r: spec.http[0].route[2].destination.host:"
                + " no service has the host missing.shop.svc.cluster.local",
            "VirtualService shop/r: spec.http[1]:"
                + " is never reached: spec.http[0] takes every request",
            "VirtualService shop/second: spec.hosts[0]:"
                + " a.shop.svc.cluster.local is routed by VirtualService shop/r already",
            "DestinationRule shop/d: spec.host:"
                + " no service has the host missing.shop.svc.cluster.local");
  }
}
