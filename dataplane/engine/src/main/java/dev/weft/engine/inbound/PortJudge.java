package dev.weft.engine.inbound;

import dev.weft.engine.Answer;
import dev.weft.engine.Header;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.inbound.Judgement.Facts;
import dev.weft.engine.inbound.Judgement.Finding;
import dev.weft.engine.model.InboundListener;
import dev.weft.engine.model.InboundListener.Policy;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Judges by a port's mode and authorization policies, in Istio's order: any denial that matches
 * refuses; then, if there is any ALLOW policy, one has to match. Refusals look like those of
 * Envoy's RBAC filter.
 *
 * <p>Under STRICT a request without a proved identity is refused here as well: its connection may
 * be older than the mode.
 *
 * <p>Where a server may read the path otherwise than it is written, the request has to be granted
 * by either reading.
 */
final class PortJudge implements Judge {

  private static final Answer DENIED =
      new Answer(
          403,
          List.of(new Header("content-type", "text/plain")),
          "RBAC: access denied",
          ResponseFlag.NONE);

  private static final Verdict NO_IDENTITY =
      new Verdict.Denied(DENIED, "PeerAuthentication STRICT");

  /** A caller may try another endpoint, or later. */
  private static final Verdict NOT_CONFIGURED =
      new Verdict.Denied(
          new Answer(
              503,
              List.of(new Header("content-type", "text/plain")),
              "no configuration yet",
              ResponseFlag.NONE),
          "no configuration");

  private final boolean strict;
  private final Rule[] denials;
  private final Rule[] allowances;
  private final boolean allowing;
  private final Verdict notAllowed;

  private PortJudge(
      boolean strict, List<Policy> denials, List<Policy> allowances, boolean allowing) {
    this.strict = strict;
    this.denials = compile(denials);
    this.allowances = compile(allowances);
    this.allowing = allowing;
    notAllowed = new Verdict.Denied(DENIED, names(allowances));
  }

  static PortJudge of(InboundListener listener) {
    return new PortJudge(
        listener.mode() == MutualTlsMode.STRICT,
        listener.denials(),
        listener.allowances(),
        listener.allowing());
  }

  /**
   * For a port whose policies aren't known. Under STRICT there may be some that deny, and nothing
   * is granted.
   */
  static Judge withoutConfiguration(MutualTlsMode mode) {
    return new WithoutConfiguration(mode == MutualTlsMode.STRICT);
  }

  @Override
  public Verdict judge(InboundRequest request) {
    if (strict && request.peerId() == null) {
      return NO_IDENTITY;
    }
    if (denials.length == 0 && !allowing) {
      return Verdict.Granted.INSTANCE;
    }
    String path = NormalizedPath.of(request.path());
    Verdict verdict = judge(new Facts(request, path));
    if (verdict instanceof Verdict.Granted) {
      String served = NormalizedPath.asServed(path);
      return served.equals(path) ? verdict : judge(new Facts(request, served));
    }
    return verdict;
  }

  private Verdict judge(Facts facts) {
    for (Rule denial : denials) {
      if (denial.judgement.of(facts) != Finding.DOES_NOT_HOLD) {
        return denial.refusal;
      }
    }
    if (!allowing) {
      return Verdict.Granted.INSTANCE;
    }
    for (Rule allowance : allowances) {
      switch (allowance.judgement.of(facts)) {
        case HOLDS -> {
          return Verdict.Granted.INSTANCE;
        }
        case UNKNOWN -> {
          return allowance.refusal;
        }
        case DOES_NOT_HOLD -> {}
      }
    }
    return notAllowed;
  }

  private static Rule[] compile(List<Policy> policies) {
    return policies.stream()
        .map(
            policy ->
                new Rule(
                    Judgement.on(policy.condition()), new Verdict.Denied(DENIED, policy.name())))
        .toArray(Rule[]::new);
  }

  /** The ALLOW policies none of which matched, without their rules; Envoy just says "none". */
  private static String names(List<Policy> allowances) {
    return allowances.isEmpty()
        ? "none"
        : allowances.stream()
            .map(policy -> policy.name().replaceFirst("-rule\\[\\d+]$", ""))
            .distinct()
            .collect(Collectors.joining(","));
  }

  private record WithoutConfiguration(boolean strict) implements Judge {
    @Override
    public Verdict judge(InboundRequest request) {
      if (!strict) {
        return Verdict.Granted.INSTANCE;
      }
      return request.peerId() == null ? NO_IDENTITY : NOT_CONFIGURED;
    }
  }

  private record Rule(Judgement judgement, Verdict refusal) {}
}
