package dev.weft.engine.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.EngineFixture;
import dev.weft.engine.model.Condition;
import dev.weft.engine.model.InboundFilter;
import dev.weft.engine.model.InboundFilter.Action;
import dev.weft.engine.model.InboundFilter.Policy;
import dev.weft.engine.model.InboundFilter.Rbac;
import dev.weft.engine.model.InboundFilter.Rules;
import dev.weft.engine.model.InboundListener;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** RBAC.shadow_rules (Istio's annotation istio.io/dry-run) and RBAC.Action LOG (its AUDIT). */
class ShadowRulesTest {

  private static final Condition ALWAYS = new Condition.Always();
  private static final Condition NEVER = new Condition.Not(ALWAYS);
  private static final Condition UNKNOWN = new Condition.Unknown("of tomorrow");

  private static List<String> judged(Rbac filter) {
    EngineFixture mesh =
        new EngineFixture()
            .inbound(new InboundListener(8080, MutualTlsMode.PERMISSIVE, List.of(filter)));
    InboundStep step = mesh.engine.inbound(new FakeInboundRequest()).next();
    assertThat(step).as("they never refuse").isInstanceOf(InboundStep.Proceed.class);
    return mesh.telemetry.events;
  }

  private static Rules rules(Action action, Condition condition) {
    return new Rules(action, List.of(new Policy("p", condition)));
  }

  static Stream<Arguments> dryRuns() {
    return Stream.of(
        Arguments.of(Action.DENY, ALWAYS, "denied by p"),
        Arguments.of(Action.DENY, NEVER, "allowed by null"),
        Arguments.of(Action.DENY, UNKNOWN, "denied by p"),
        Arguments.of(Action.ALLOW, ALWAYS, "allowed by p"),
        Arguments.of(Action.ALLOW, NEVER, "denied by null"),
        Arguments.of(Action.ALLOW, UNKNOWN, "denied by p"));
  }

  @ParameterizedTest
  @MethodSource("dryRuns")
  void dryRunIsToldAndNotEnforced(Action action, Condition condition, String expected) {
    assertThat(judged(new Rbac(null, rules(action, condition), "istio_dry_run_deny_")))
        .containsExactly("inbound", "shadow istio_dry_run_deny_ " + expected);
  }

  static Stream<Arguments> audits() {
    return Stream.of(
        Arguments.of(ALWAYS, List.of("inbound", "audited by p")),
        Arguments.of(UNKNOWN, List.of("inbound", "audited by p")),
        Arguments.of(NEVER, List.of("inbound")));
  }

  @ParameterizedTest
  @MethodSource("audits")
  void auditIsToldAndNotEnforced(Condition condition, List<String> expected) {
    assertThat(
            judged(
                InboundFilter.Rbac.enforcing(Action.LOG, rules(Action.LOG, condition).policies())))
        .isEqualTo(expected);
  }
}
