package dev.weft.engine.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Something that a request has to pass on its way in. */
public sealed interface InboundFilter {

  /**
   * Envoy's RBAC filter.
   *
   * @param rules null: none are enforced
   * @param shadow judged as well, and only told: Istio's dry run, and what is to be asked of an
   *     external authorizer
   * @param shadowPrefix tells what becomes of the shadow rules' result, e.g. {@code
   *     istio_dry_run_allow_}
   */
  record Rbac(@Nullable Rules rules, @Nullable Rules shadow, String shadowPrefix)
      implements InboundFilter {

    public static Rbac enforcing(Action action, List<Policy> policies) {
      return new Rbac(new Rules(action, policies), null, "");
    }
  }

  /**
   * Envoy's JWT authentication.
   *
   * @param providers all that there are: headers that they write are taken from every request
   * @param passPreflights whether CORS preflight requests, which carry no token, pass
   */
  record JwtAuthentication(
      JwtRequirement requirement, List<JwtProvider> providers, boolean passPreflights)
      implements InboundFilter {

    public JwtAuthentication {
      providers = List.copyOf(providers);
    }
  }

  /** What a matching policy means. */
  enum Action {
    /** A request that no policy matches is refused. */
    ALLOW,
    /** A request that any policy matches is refused. */
    DENY,
    /** A request that any policy matches is told of. */
    LOG
  }

  /** Envoy's config.rbac.v3.RBAC; its policies in the order of their names. */
  record Rules(Action action, List<Policy> policies) {

    public Rules {
      policies = List.copyOf(policies);
    }
  }

  /**
   * @param name Istio's {@code ns[shop]-policy[only-storefront]-rule[0]}
   */
  record Policy(String name, Condition condition) {}
}
