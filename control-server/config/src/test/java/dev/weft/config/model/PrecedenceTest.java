package dev.weft.config.model;

import static dev.weft.config.Fixtures.client;
import static dev.weft.config.model.Manifests.A;
import static dev.weft.config.model.Manifests.STATIC_A;
import static dev.weft.config.model.Manifests.authorizationPolicy;
import static dev.weft.config.model.Manifests.destinationRule;
import static dev.weft.config.model.Manifests.manifest;
import static dev.weft.config.model.Manifests.peerAuthentication;
import static dev.weft.config.model.Manifests.serviceEntry;
import static dev.weft.config.model.Manifests.servicePolicy;
import static dev.weft.config.model.Manifests.virtualService;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.config.Fixtures;
import dev.weft.config.model.PeerAuthentication.Mode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which of several resources holds for whom. */
class PrecedenceTest {

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
    assertThat(
            model.destinationRule(service, client("c", namespace)).orElseThrow().metadata().name())
        .isEqualTo(expected);
  }

  /** As a DestinationRule; but one holds whole, the first by name of its namespace. */
  @ParameterizedTest(name = "from {0}: {1}")
  @CsvSource({
    "client, of-client",
    "shop, a-private",
    "elsewhere, of-service",
    "istio-system, of-root"
  })
  void theCallersServicePolicyComesFirst(String namespace, String expected) {
    MeshModel model =
        Fixtures.model(
            STATIC_A
                + servicePolicy("client", "of-client", "{host: '*.shop.svc.cluster.local'}")
                + servicePolicy("shop", "a-private", "{host: a, exportTo: ['.']}")
                + servicePolicy("shop", "of-service", "{host: a, exportTo: ['.', elsewhere]}")
                + servicePolicy("shop", "servers", "{selector: {matchLabels: {app: a}}}")
                + servicePolicy("istio-system", "of-root", "{host: '*.local'}"));
    Service service = model.service(A, "shop").orElseThrow();
    assertThat(model.servicePolicy(service, namespace).orElseThrow().metadata().name())
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
    assertThat(
            model
                .destinationRule(service, client("c", "elsewhere"))
                .orElseThrow()
                .metadata()
                .name())
        .isEqualTo("root");
  }

  @ParameterizedTest(name = "for {0} of {1}: {2}")
  @CsvSource({
    // istio/pilot/pkg/model/sidecar.go, SidecarScope.DestinationRule: a selector that chooses the
    // client, which must be of the rule's namespace, before a rule without one.
    "web, shop, of-web",
    "other, shop, of-all",
    "web, client, of-all",
    "lonely, elsewhere, of-all",
  })
  void aRuleThatSelectsTheClientComesFirst(String app, String namespace, String expected) {
    String host = "{host: " + A + ", ";
    MeshModel model =
        Fixtures.model(
            STATIC_A
                + destinationRule("shop", "of-all", "{host: a}")
                + destinationRule(
                    "shop", "of-web", "{host: a, workloadSelector: {matchLabels: {app: web}}}")
                + destinationRule(
                    "elsewhere", "x", host + "workloadSelector: {matchLabels: {app: none}}}"));
    Service service = model.service(A, "shop").orElseThrow();
    assertThat(
            model.destinationRule(service, client(app, namespace)).orElseThrow().metadata().name())
        .isEqualTo(expected);
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
        model.destinationRule(model.service(A, "shop").orElseThrow(), client("c")).orElseThrow();
    assertThat(merged.subsets())
        .extracting(DestinationRule.Subset::name)
        .containsExactly("v1", "v2");
    assertThat(merged.policy().loadBalancer())
        .isEqualTo(LoadBalancer.of(LoadBalancer.Simple.RANDOM));
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
    assertThat(
            model
                .virtualService(host, 80, Fixtures.client("", "x"))
                .orElseThrow()
                .metadata()
                .name())
        .isEqualTo(expected);
  }

  @Test
  void aShortHostBelongsToTheRulesNamespace() {
    MeshModel model = Fixtures.model(virtualService("other", "a", "a"));
    assertThat(model.virtualService(A, 80, Fixtures.client("", "shop"))).isEmpty();
    assertThat(model.virtualService("a.other.svc.cluster.local", 80, Fixtures.client("", "shop")))
        .isPresent();
  }

  @Test
  void portLevelSettingsReplaceAndDoNotMerge() {
    // networking.istio.io TrafficPolicy.portLevelSettings: fields not set get the defaults.
    TrafficPolicy ofPort =
        new TrafficPolicy(
            LoadBalancer.of(LoadBalancer.Simple.RANDOM), null, null, null, null, null, Map.of());
    TrafficPolicy rule =
        new TrafficPolicy(
            LoadBalancer.of(LoadBalancer.Simple.ROUND_ROBIN),
            null,
            TrafficPolicy.OutlierDetection.DEFAULT,
            null,
            null,
            null,
            Map.of(80, ofPort));
    assertThat(TrafficPolicy.NONE.merge(rule, 80)).isEqualTo(ofPort);
    assertThat(TrafficPolicy.NONE.merge(rule, 81).outliers()).isNotNull();
  }

  /** It is no field of PortTrafficPolicy, and limits the retries to all of a destination. */
  @Test
  void aRetryBudgetHoldsForEveryPort() {
    TrafficPolicy ofPort =
        new TrafficPolicy(
            LoadBalancer.of(LoadBalancer.Simple.RANDOM), null, null, null, null, null, Map.of());
    TrafficPolicy.RetryBudget budget = new TrafficPolicy.RetryBudget(10, 3, Duration.ZERO);
    TrafficPolicy rule =
        new TrafficPolicy(null, null, null, null, budget, null, Map.of(80, ofPort));
    assertThat(TrafficPolicy.NONE.merge(rule, 80).retryBudget()).isEqualTo(budget);
    assertThat(TrafficPolicy.NONE.merge(rule, 81).retryBudget()).isEqualTo(budget);
    assertThat(rule.merge(TrafficPolicy.NONE, 80).retryBudget()).isEqualTo(budget);
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
  void aVirtualServiceIsForThoseItIsExportedTo() {
    String http = "http: [{route: [{destination: {host: x}}]}]}";
    MeshModel model =
        Fixtures.model(
            manifest(
                    "networking",
                    "VirtualService",
                    "shop",
                    "own",
                    "{hosts: [own.example], exportTo: ['.'], " + http)
                + manifest(
                    "networking",
                    "VirtualService",
                    "shop",
                    "lent",
                    "{hosts: [lent.example], exportTo: [friends], " + http));
    assertThat(model.virtualService("own.example", 80, Fixtures.client("", "shop"))).isPresent();
    assertThat(model.virtualService("own.example", 80, Fixtures.client("", "friends"))).isEmpty();
    assertThat(model.virtualService("lent.example", 80, Fixtures.client("", "friends")))
        .isPresent();
    assertThat(model.virtualService("lent.example", 80, Fixtures.client("", "shop"))).isEmpty();
  }

  @Test
  void authorizationPoliciesOfTheRootHoldEverywhere() {
    MeshModel model =
        Fixtures.model(
            authorizationPolicy("istio-system", "root", "{}")
                + authorizationPolicy("shop", "shop", "{}")
                + authorizationPolicy("shop", "selected", "{selector: {matchLabels: {app: b}}}"));
    assertThat(names(model.authorizationPolicies("shop", Map.of("app", "a"))))
        .containsExactly("root", "shop");
    assertThat(names(model.authorizationPolicies("shop", Map.of("app", "b"))))
        .containsExactly("root", "selected", "shop");
    assertThat(names(model.authorizationPolicies("other", Map.of()))).containsExactly("root");
  }

  private static List<String> names(List<AuthorizationPolicy> policies) {
    return policies.stream().map(policy -> policy.metadata().name()).toList();
  }
}
