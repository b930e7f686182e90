package dev.weft.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.config.model.AuthorizationPolicy;
import dev.weft.config.model.PeerAuthentication;
import dev.weft.config.model.Resource;
import dev.weft.config.source.Finding;
import dev.weft.config.source.ResourceName;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is in force after files came, changed, broke and went. */
class ConfigurationTest {

  private static String route(String name, String timeout) {
    return "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: "
        + name
        + "}\nspec: {hosts: [a], http: [{timeout: "
        + timeout
        + ", route: [{destination: {host: a}}]}]}\n";
  }

  private static String policy(String name, String spec) {
    return "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: "
        + name
        + "}\nspec: "
        + spec
        + "\n";
  }

  private static final String BROKEN = route("broken", "never");

  private static Configuration with(Configuration configuration, String path, String text) {
    return configuration.with(ConfigurationFile.parse(path, text));
  }

  @Test
  void aBadFileLeavesWhatWasGoodBefore() {
    Configuration good = Fixtures.yaml("a.yaml", route("a", "1s"));
    Configuration broken = with(good, "a.yaml", route("a", "1s") + "---\n" + BROKEN);
    assertThat(broken.resources()).isEqualTo(good.resources());
    assertThat(broken.findings())
        .extracting(Finding::message)
        .anyMatch(message -> message.contains("is not a duration"))
        .contains("the file is refused; what it said before stays in force");
    Configuration repaired = with(broken, "a.yaml", route("a", "2s"));
    assertThat(repaired.findings()).isEmpty();
    assertThat(repaired.resources()).hasSize(1).isNotEqualTo(good.resources());
  }

  @Test
  void aBadFileIsRefusedAsAWhole() {
    Configuration broken = Fixtures.yaml("a.yaml", route("a", "1s") + "---\n" + BROKEN);
    assertThat(broken.resources()).isEmpty();
  }

  @Test
  void aFileConcernsNoOther() {
    Configuration both = with(Fixtures.yaml("a.yaml", route("a", "1s")), "b.yaml", BROKEN);
    assertThat(names(both)).containsExactly("a");
    assertThat(both.without("a.yaml").resources()).isEmpty();
    assertThat(both.paths()).containsExactly("a.yaml", "b.yaml");
  }

  @Test
  void aNewFileDoesNotDisplaceWhatIsInForce() {
    Configuration before = Fixtures.yaml("b.yaml", route("a", "1s"));
    Configuration twice = with(before, "a.yaml", route("a", "2s"));
    assertThat(twice.resources()).isEqualTo(before.resources());
    assertThat(twice.resources("a.yaml")).isEmpty();
    assertThat(twice.findings())
        .singleElement()
        .asString()
        .isEqualTo(
            "a.yaml:3: warning: VirtualService default/a: is not in force: it is defined at"
                + " b.yaml:3 too");
  }

  @Test
  void whoHoldsAResourceKeepsItUntilItLetsGo() {
    Configuration twice =
        with(Fixtures.yaml("b.yaml", route("a", "1s")), "a.yaml", route("a", "2s"));
    assertThat(with(twice, "b.yaml", route("a", "3s")).resources("b.yaml")).hasSize(1);
    assertThat(with(twice, "b.yaml", BROKEN).resources("b.yaml")).hasSize(1);

    Configuration handedOver = with(twice, "b.yaml", route("other", "1s"));
    assertThat(handedOver.resources("a.yaml")).hasSize(1);
    assertThat(handedOver.findings()).isEmpty();
    assertThat(with(handedOver, "b.yaml", route("a", "1s")).resources("b.yaml")).isEmpty();
  }

  @Test
  void ofFilesThatComeTogetherTheFirstHoldsUnlessAnotherDidBefore() {
    Configuration twice =
        with(Fixtures.yaml("a.yaml", route("a", "1s")), "b.yaml", route("a", "2s"));
    assertThat(twice.heldBefore(Map.of()).resources("a.yaml")).hasSize(1);

    ResourceName name = new ResourceName("VirtualService", "default", "a");
    assertThat(twice.heldBefore(Map.of(name, "b.yaml")).resources("b.yaml")).hasSize(1);
    assertThat(twice.heldBefore(Map.of(name, "gone.yaml")).resources("a.yaml")).hasSize(1);
  }

  @Test
  void twiceInOneFileIsAnError() {
    assertThat(ConfigurationFile.parse("a.yaml", route("a", "1s") + "---\n" + route("a", "1s")))
        .matches(ConfigurationFile::refused);
  }

  @Test
  void aPolicyThatNeverWasGoodDenies() {
    // Design: failure is closed for authorization. After a restart nothing good is remembered.
    Configuration broken =
        Fixtures.yaml(
            "a.yaml",
            policy("broken", "{selector: {matchLabels: {app: a}}, rulez: []}")
                + "---\n"
                + policy("fine", "{rules: [{}]}")
                + "---\n"
                + route("a", "1s"));
    assertThat(names(broken)).containsExactly("broken", "fine");
    AuthorizationPolicy denying = (AuthorizationPolicy) broken.resources().get(0);
    assertThat(denying.action()).isEqualTo(AuthorizationPolicy.Action.DENY);
    assertThat(denying.rules())
        .singleElement()
        .matches(rule -> rule.sources().isEmpty() && rule.operations().isEmpty());
    assertThat(denying.selector().labels()).isEqualTo(Map.of("app", "a"));
    AuthorizationPolicy fine = (AuthorizationPolicy) broken.resources().get(1);
    assertThat(fine.action()).isEqualTo(AuthorizationPolicy.Action.ALLOW);
  }

  @Test
  void peerAuthenticationThatNeverWasGoodIsStrict() {
    Configuration broken =
        Fixtures.yaml(
            "a.yaml",
            """
            apiVersion: security.istio.io/v1
            kind: PeerAuthentication
            metadata: {name: a}
            spec: {mtls: {mode: STRICKT}}
            """);
    assertThat(broken.resources())
        .singleElement()
        .isInstanceOfSatisfying(
            PeerAuthentication.class,
            policy -> assertThat(policy.mode()).isEqualTo(PeerAuthentication.Mode.STRICT));
  }

  @Test
  void aBrokenPolicyThatWasGoodStaysAsItWas() {
    Configuration good = Fixtures.yaml("a.yaml", policy("a", "{rules: [{}]}"));
    Configuration broken = with(good, "a.yaml", policy("a", "{rulez: [{}]}"));
    assertThat(broken.resources()).isEqualTo(good.resources());
  }

  @Test
  void aMistypedGroupDoesNotOpenADoor() {
    Configuration broken =
        Fixtures.yaml("a.yaml", policy("a", "{}").replace("security.istio", "securty.istio"));
    assertThat(broken.resources()).singleElement().isInstanceOf(AuthorizationPolicy.class);
    assertThat(broken.findings().get(0).toString())
        .isEqualTo(
            "a.yaml:1: error: AuthorizationPolicy default/a: apiVersion:"
                + " is not a group of the kind AuthorizationPolicy");
  }

  private static Iterable<String> names(Configuration configuration) {
    return configuration.resources().stream()
        .map(Resource::metadata)
        .map(metadata -> metadata.resource())
        .map(ResourceName::name)
        .toList();
  }
}
