package dev.weft.config.agent;

import com.google.re2j.Pattern;
import dev.weft.config.model.AuthorizationPolicy;
import dev.weft.config.model.AuthorizationPolicy.Action;
import dev.weft.config.model.AuthorizationPolicy.Operation;
import dev.weft.config.model.AuthorizationPolicy.Rule;
import dev.weft.config.model.AuthorizationPolicy.Source;
import dev.weft.config.model.MeshSettings;
import dev.weft.config.model.StringMatch;
import io.envoyproxy.envoy.config.rbac.v3.Permission;
import io.envoyproxy.envoy.config.rbac.v3.Policy;
import io.envoyproxy.envoy.config.rbac.v3.Principal;
import io.envoyproxy.envoy.config.rbac.v3.RBAC;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.type.matcher.v3.PathMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Authorization policies as RBAC filters: first what denies, then what allows. */
final class Rbac {

  private static final String SPIFFE = "spiffe://";

  /** In a principal it stands for the mesh's own trust domain, whatever that is called. */
  private static final String OWN_TRUST_DOMAIN = "cluster.local/";

  private final MeshSettings settings;

  Rbac(MeshSettings settings) {
    this.settings = settings;
  }

  /** The filters for a workload's policies; none if there are no policies. */
  List<HttpFilter> filters(List<AuthorizationPolicy> policies) {
    List<HttpFilter> filters = new ArrayList<>();
    for (Action action : List.of(Action.DENY, Action.ALLOW)) {
      List<AuthorizationPolicy> ofAction =
          policies.stream().filter(policy -> policy.action() == action).toList();
      if (!ofAction.isEmpty()) {
        filters.add(HttpFilters.rbac(rules(action, ofAction)));
      }
    }
    return filters;
  }

  /** An ALLOW without any rule allows nothing, by Istio's rules as by Envoy's. */
  private RBAC rules(Action action, List<AuthorizationPolicy> policies) {
    RBAC.Builder rbac =
        RBAC.newBuilder().setAction(action == Action.DENY ? RBAC.Action.DENY : RBAC.Action.ALLOW);
    for (AuthorizationPolicy policy : policies) {
      for (Rule rule : policy.rules()) {
        rbac.putPolicies(
            String.format(
                "ns[%s]-policy[%s]-rule[%d]",
                policy.metadata().namespace(), policy.metadata().name(), rule.index()),
            policy(rule));
      }
    }
    return rbac.build();
  }

  private Policy policy(Rule rule) {
    Policy.Builder policy = Policy.newBuilder();
    for (Operation operation : rule.operations()) {
      policy.addPermissions(permission(operation));
    }
    if (rule.operations().isEmpty()) {
      policy.addPermissions(Permission.newBuilder().setAny(true));
    }
    for (Source source : rule.sources()) {
      policy.addPrincipals(principal(source));
    }
    if (rule.sources().isEmpty()) {
      policy.addPrincipals(Principal.newBuilder().setAny(true));
    }
    return policy.build();
  }

  private static Permission permission(Operation operation) {
    List<Permission> all = new ArrayList<>();
    permissions(all, operation.hosts(), operation.notHosts(), Rbac::host);
    permissions(all, operation.ports(), operation.notPorts(), Rbac::port);
    permissions(all, operation.methods(), operation.notMethods(), Rbac::method);
    permissions(all, operation.paths(), operation.notPaths(), Rbac::path);
    if (all.isEmpty()) {
      return Permission.newBuilder().setAny(true).build();
    }
    return Permission.newBuilder()
        .setAndRules(Permission.Set.newBuilder().addAllRules(all))
        .build();
  }

  private static void permissions(
      List<Permission> all,
      List<String> values,
      List<String> notValues,
      Function<String, Permission> one) {
    if (!values.isEmpty()) {
      all.add(anyOf(values, one));
    }
    if (!notValues.isEmpty()) {
      all.add(Permission.newBuilder().setNotRule(anyOf(notValues, one)).build());
    }
  }

  private static Permission anyOf(List<String> values, Function<String, Permission> one) {
    return Permission.newBuilder()
        .setOrRules(Permission.Set.newBuilder().addAllRules(values.stream().map(one).toList()))
        .build();
  }

  private static Permission host(String value) {
    StringMatcher matcher =
        Protos.stringMatcher(wildcard(value)).toBuilder()
            // A regular expression has its own way to say so, and hosts' only one matches any case.
            .setIgnoreCase(!value.equals("*"))
            .build();
    return header(":authority", matcher);
  }

  private static Permission method(String value) {
    return header(":method", Protos.stringMatcher(wildcard(value)));
  }

  private static Permission header(String name, StringMatcher matcher) {
    return Permission.newBuilder()
        .setHeader(
            io.envoyproxy.envoy.config.route.v3.HeaderMatcher.newBuilder()
                .setName(name)
                .setStringMatch(matcher))
        .build();
  }

  private static Permission port(String value) {
    return Permission.newBuilder().setDestinationPort(Integer.parseInt(value)).build();
  }

  private static Permission path(String value) {
    return Permission.newBuilder()
        .setUrlPath(PathMatcher.newBuilder().setPath(Protos.stringMatcher(wildcard(value))))
        .build();
  }

  private Principal principal(Source source) {
    List<Principal> all = new ArrayList<>();
    principals(all, source.principals(), source.notPrincipals(), this::identity);
    principals(all, source.namespaces(), source.notNamespaces(), Rbac::namespace);
    if (all.isEmpty()) {
      return Principal.newBuilder().setAny(true).build();
    }
    return Principal.newBuilder().setAndIds(Principal.Set.newBuilder().addAllIds(all)).build();
  }

  private static void principals(
      List<Principal> all,
      List<String> values,
      List<String> notValues,
      Function<String, Principal> one) {
    if (!values.isEmpty()) {
      all.add(anyIdentityOf(values, one));
    }
    if (!notValues.isEmpty()) {
      all.add(Principal.newBuilder().setNotId(anyIdentityOf(notValues, one)).build());
    }
  }

  private static Principal anyIdentityOf(List<String> values, Function<String, Principal> one) {
    return Principal.newBuilder()
        .setOrIds(Principal.Set.newBuilder().addAllIds(values.stream().map(one).toList()))
        .build();
  }

  private Principal identity(String value) {
    StringMatch match;
    if (value.equals("*")) {
      match = new StringMatch.Regex(".+");
    } else if (value.startsWith("*")) {
      match = new StringMatch.Suffix(value.substring(1));
    } else {
      String own =
          value.startsWith(OWN_TRUST_DOMAIN)
              ? settings.trustDomain() + "/" + value.substring(OWN_TRUST_DOMAIN.length())
              : value;
      match =
          own.endsWith("*")
              ? new StringMatch.Prefix(SPIFFE + own.substring(0, own.length() - 1))
              : new StringMatch.Exact(SPIFFE + own);
    }
    return authenticated(Protos.stringMatcher(match));
  }

  private static Principal namespace(String value) {
    String pattern = Pattern.quote(value).replace("\\*", ".*");
    return authenticated(
        StringMatcher.newBuilder().setSafeRegex(Protos.regex(".*/ns/" + pattern + "/.*")).build());
  }

  private static Principal authenticated(StringMatcher name) {
    return Principal.newBuilder()
        .setAuthenticated(Principal.Authenticated.newBuilder().setPrincipalName(name))
        .build();
  }

  private static StringMatch wildcard(String value) {
    if (value.equals("*")) {
      return new StringMatch.Present();
    } else if (value.startsWith("*")) {
      return new StringMatch.Suffix(value.substring(1));
    } else if (value.endsWith("*")) {
      return new StringMatch.Prefix(value.substring(0, value.length() - 1));
    }
    return new StringMatch.Exact(value);
  }
}
