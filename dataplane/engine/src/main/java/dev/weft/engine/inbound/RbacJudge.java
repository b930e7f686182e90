package dev.weft.engine.inbound;

import dev.weft.engine.Answer;
import dev.weft.engine.Header;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.model.InboundFilter;
import dev.weft.engine.model.InboundFilter.Policy;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Envoy's RBAC filter, with its answer. Where a server may read the path otherwise than it is
 * written, the request has to be granted by either reading.
 */
final class RbacJudge implements Judge {

  static final Answer DENIED =
      new Answer(
          403,
          List.of(new Header("content-type", "text/plain")),
          "RBAC: access denied",
          ResponseFlag.NONE);

  static final Verdict.Denied AMBIGUOUS =
      new Verdict.Denied(
          new Answer(400, List.of(), "", ResponseFlag.NONE), "path_normalization_failed");

  private final @Nullable Rules rules;
  private final @Nullable Rules shadow;
  private final String shadowPrefix;

  RbacJudge(InboundFilter.Rbac filter) {
    rules = filter.rules() == null ? null : Rules.of(filter.rules());
    shadow = filter.shadow() == null ? null : Rules.of(filter.shadow());
    shadowPrefix = filter.shadowPrefix();
  }

  @Override
  public Verdict judge(Facts facts) {
    if (facts.ambiguous && rules != null && rules.action != InboundFilter.Action.LOG) {
      return AMBIGUOUS;
    }
    if (shadow != null) {
      Decision decision = shadow.decide(facts);
      String policy = decision.policy();
      facts.observation.shadowed(shadowPrefix, decision.granted(), policy);
      if (policy != null) {
        facts.matchedInShadow(shadowPrefix, policy);
      }
    }
    if (rules == null) {
      return Verdict.Granted.INSTANCE;
    }
    Decision decision = rules.decide(facts);
    if (rules.action == InboundFilter.Action.LOG) {
      String policy = decision.policy();
      if (policy != null) {
        facts.observation.audited(policy);
      }
    } else if (!decision.granted()) {
      Verdict.Denied refusal = decision.refusal();
      return refusal == null ? rules.matchedNothing : refusal;
    }
    return Verdict.Granted.INSTANCE;
  }

  /**
   * @param policy the one that decided; null if none did
   */
  private record Decision(
      boolean granted, @Nullable String policy, Verdict.@Nullable Denied refusal) {

    static final Decision GRANTED = new Decision(true, null, null);
    static final Decision DENIED = new Decision(false, null, null);
  }

  private static final class Rules {

    final InboundFilter.Action action;
    final Verdict.Denied matchedNothing;
    private final Rule[] policies;

    private Rules(InboundFilter.Action action, List<Policy> policies) {
      this.action = action;
      this.policies = policies.stream().map(Rule::of).toArray(Rule[]::new);
      matchedNothing = new Verdict.Denied(RbacJudge.DENIED, names(policies));
    }

    static Rules of(InboundFilter.Rules rules) {
      return new Rules(rules.action(), rules.policies());
    }

    Decision decide(Facts facts) {
      Decision decision = decide(facts, facts.path);
      boolean asWritten = facts.servedPath.equals(facts.path);
      boolean settled =
          action == InboundFilter.Action.LOG ? decision.policy != null : !decision.granted;
      return asWritten || settled ? decision : decide(facts, facts.servedPath);
    }

    private Decision decide(Facts facts, String path) {
      for (Rule rule : policies) {
        switch (rule.judgement.of(facts, path)) {
          case HOLDS -> {
            return rule.holds(action);
          }
          case UNKNOWN -> {
            return action == InboundFilter.Action.LOG ? rule.granting : rule.denying;
          }
          case DOES_NOT_HOLD -> {}
        }
      }
      return action == InboundFilter.Action.ALLOW ? Decision.DENIED : Decision.GRANTED;
    }

    /** The ALLOW policies none of which matched, without their rules; Envoy just says "none". */
    private static String names(List<Policy> policies) {
      return policies.isEmpty()
          ? "none"
          : policies.stream()
              .map(policy -> policy.name().replaceFirst("-rule\\[\\d+]$", ""))
              .distinct()
              .collect(Collectors.joining(","));
    }
  }

  private record Rule(Judgement judgement, Decision granting, Decision denying) {

    static Rule of(Policy policy) {
      Verdict.Denied refusal = new Verdict.Denied(RbacJudge.DENIED, policy.name());
      return new Rule(
          Judgement.on(policy.condition()),
          new Decision(true, policy.name(), null),
          new Decision(false, policy.name(), refusal));
    }

    Decision holds(InboundFilter.Action action) {
      return action == InboundFilter.Action.DENY ? denying : granting;
    }
  }
}
