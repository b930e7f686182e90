package dev.weft.engine.model;

import dev.weft.engine.Header;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Something that a request has to pass on its way in. */
public sealed interface InboundFilter
    permits InboundFilter.Rbac,
        InboundFilter.JwtAuthentication,
        InboundFilter.ExternalAuthorization,
        RequestLimit {

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

  /**
   * Envoy's external authorization.
   *
   * @param when only requests of which this holds are sent there; null: all
   * @param timeout of asking
   * @param failOpen whether a request passes when nobody answers
   * @param statusOnError what it is refused with otherwise
   * @param body how the request's body is shown; null: not at all
   */
  record ExternalAuthorization(
      @Nullable ShadowMatch when,
      Authorizer authorizer,
      Duration timeout,
      boolean failOpen,
      int statusOnError,
      @Nullable BufferSettings body)
      implements InboundFilter {

    /** Without the body. */
    public ExternalAuthorization(
        @Nullable ShadowMatch when,
        Authorizer authorizer,
        Duration timeout,
        boolean failOpen,
        int statusOnError) {
      this(when, authorizer, timeout, failOpen, statusOnError, null);
    }
  }

  /**
   * How much of a body is shown.
   *
   * @param maxBytes more than 0
   * @param allowPartial whether of a longer body that much is shown; otherwise it is refused
   * @param asBytes by gRPC: whether as bytes, not as text
   */
  record BufferSettings(long maxBytes, boolean allowPartial, boolean asBytes) {}

  /** Whether shadow rules of that prefix decided by a policy whose name matches. */
  record ShadowMatch(String prefix, StringMatch policy) {}

  /** Whom to ask. */
  sealed interface Authorizer {

    String cluster();

    /** By Envoy's service.auth.v3.Authorization. */
    record Grpc(String cluster, String authority) implements Authorizer {}

    /**
     * By a request like the one that is judged.
     *
     * @param pathPrefix in front of the request's path
     * @param requestHeaders of the request that are sent along, beside Authorization
     * @param addedHeaders sent as well
     * @param upstreamHeaders of the answer that the application is to see
     * @param clientHeaders of a refusal that the client is to see; null: all
     * @param clientHeadersOnSuccess of the answer that the client is to see when the request passes
     */
    record Http(
        String cluster,
        String pathPrefix,
        List<StringMatch> requestHeaders,
        List<Header> addedHeaders,
        List<StringMatch> upstreamHeaders,
        @Nullable List<StringMatch> clientHeaders,
        List<StringMatch> clientHeadersOnSuccess)
        implements Authorizer {}
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
