package dev.weft.config.agent;

import dev.weft.config.model.AuthorizationPolicy;
import dev.weft.config.model.AuthorizationPolicy.Action;
import dev.weft.config.model.AuthorizationPolicy.Condition;
import dev.weft.config.model.AuthorizationPolicy.Operation;
import dev.weft.config.model.AuthorizationPolicy.Rule;
import dev.weft.config.model.AuthorizationPolicy.Source;
import dev.weft.config.model.MeshModel;
import io.envoyproxy.envoy.config.rbac.v3.Permission;
import io.envoyproxy.envoy.config.rbac.v3.Policy;
import io.envoyproxy.envoy.config.rbac.v3.Principal;
import io.envoyproxy.envoy.config.rbac.v3.RBAC;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Authorization policies as filters: what is asked of others, what is audited, what denies, what
 * allows.
 */
final class Rbac {

  private final RbacPermissions permissions = new RbacPermissions();
  private final RbacPrincipals principals;
  private final ExtAuthz authorizers;

  Rbac(MeshModel model) {
    principals = new RbacPrincipals(model.settings());
    authorizers = new ExtAuthz(model);
  }

  /** What decides by itself, for a workload's policies; none if there are no policies. */
  List<HttpFilter> filters(List<AuthorizationPolicy> policies) {
    List<HttpFilter> filters = new ArrayList<>();
    for (Action action : List.of(Action.AUDIT, Action.DENY, Action.ALLOW)) {
      List<AuthorizationPolicy> ofAction =
          policies.stream().filter(policy -> policy.action() == action).toList();
      if (!ofAction.isEmpty()) {
        filters.add(filter(action, ofAction));
      }
    }
    return filters;
  }

  /**
   * What asks external authorizers, each about what its policies match. Where there is nobody to
   * ask, that is denied.
   */
  List<HttpFilter> custom(List<AuthorizationPolicy> policies) {
    Map<String, List<AuthorizationPolicy>> byProvider =
        policies.stream()
            .filter(policy -> policy.action() == Action.CUSTOM && !policy.dryRun())
            .collect(
                Collectors.groupingBy(
                    AuthorizationPolicy::provider, TreeMap::new, Collectors.toList()));
    List<HttpFilter> filters = new ArrayList<>();
    byProvider.forEach(
        (provider, custom) -> {
          RBAC rules = rules(Action.CUSTOM, custom, ExtAuthz.policyPrefix(provider));
          Optional<HttpFilter> authorizer = authorizers.filter(provider);
          var rbac = io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBAC.newBuilder();
          if (authorizer.isEmpty()) {
            filters.add(HttpFilters.rbac(rbac.setRules(rules).build()));
          } else {
            rbac.setShadowRules(rules).setShadowRulesStatPrefix(ExtAuthz.SHADOW_PREFIX);
            filters.add(HttpFilters.rbac(rbac.build()));
            filters.add(authorizer.get());
          }
        });
    return filters;
  }

  private HttpFilter filter(Action action, List<AuthorizationPolicy> policies) {
    var filter = io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBAC.newBuilder();
    List<AuthorizationPolicy> enforced = policies.stream().filter(p -> !p.dryRun()).toList();
    List<AuthorizationPolicy> dry = policies.stream().filter(AuthorizationPolicy::dryRun).toList();
    if (!enforced.isEmpty()) {
      filter.setRules(rules(action, enforced, ""));
    }
    if (!dry.isEmpty()) {
      filter.setShadowRules(rules(action, dry, "")).setShadowRulesStatPrefix(shadowPrefix(action));
    }
    return HttpFilters.rbac(filter.build());
  }

  /** Istio's names. */
  private static String shadowPrefix(Action action) {
    return switch (action) {
      case ALLOW -> "istio_dry_run_allow_";
      case DENY, CUSTOM -> "istio_dry_run_deny_";
      case AUDIT -> "";
    };
  }

  private static RBAC.Action envoys(Action action) {
    return switch (action) {
      case ALLOW -> RBAC.Action.ALLOW;
      case DENY, CUSTOM -> RBAC.Action.DENY;
      case AUDIT -> RBAC.Action.LOG;
    };
  }

  /** An ALLOW without any rule allows nothing, by Istio's rules as by Envoy's. */
  private RBAC rules(Action action, List<AuthorizationPolicy> policies, String prefix) {
    RBAC.Builder rbac = RBAC.newBuilder().setAction(envoys(action));
    for (AuthorizationPolicy policy : policies) {
      for (Rule rule : policy.rules()) {
        String namespace = policy.metadata().namespace();
        rbac.putPolicies(
            String.format(
                prefix + "ns[%s]-policy[%s]-rule[%d]",
                namespace,
                policy.metadata().name(),
                rule.index()),
            policy(rule, namespace));
      }
    }
    return rbac.build();
  }

  /** What {@code when} says belongs to each operation, or to each source. */
  private Policy policy(Rule rule, String namespace) {
    Policy.Builder policy = Policy.newBuilder();
    List<Condition> ofRequest = rule.when().stream().filter(RbacPermissions::knows).toList();
    List<Condition> ofCaller = rule.when().stream().filter(c -> !RbacPermissions.knows(c)).toList();
    for (Operation operation : rule.operations()) {
      policy.addPermissions(permission(operation.conditions(), ofRequest));
    }
    if (rule.operations().isEmpty()) {
      policy.addPermissions(permission(List.of(), ofRequest));
    }
    for (Source source : rule.sources()) {
      policy.addPrincipals(principal(source.conditions(), ofCaller, namespace));
    }
    if (rule.sources().isEmpty()) {
      policy.addPrincipals(principal(List.of(), ofCaller, namespace));
    }
    return policy.build();
  }

  private Permission permission(List<Condition> operation, List<Condition> when) {
    List<Permission> all = new ArrayList<>();
    operation.forEach(condition -> all.addAll(permissions.of(condition)));
    when.forEach(condition -> all.addAll(permissions.of(condition)));
    if (all.isEmpty()) {
      return Permission.newBuilder().setAny(true).build();
    }
    return Permission.newBuilder()
        .setAndRules(Permission.Set.newBuilder().addAllRules(all))
        .build();
  }

  private Principal principal(List<Condition> source, List<Condition> when, String namespace) {
    List<Principal> all = new ArrayList<>();
    source.forEach(condition -> all.addAll(principals.of(condition, namespace)));
    when.forEach(condition -> all.addAll(principals.of(condition, namespace)));
    if (all.isEmpty()) {
      return Principal.newBuilder().setAny(true).build();
    }
    return Principal.newBuilder().setAndIds(Principal.Set.newBuilder().addAllIds(all)).build();
  }
}
