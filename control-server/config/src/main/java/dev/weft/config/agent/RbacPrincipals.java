package dev.weft.config.agent;

import com.google.re2j.Pattern;
import dev.weft.config.model.AuthorizationPolicy.Condition;
import dev.weft.config.model.MeshSettings;
import dev.weft.config.model.StringMatch;
import io.envoyproxy.envoy.config.rbac.v3.Principal;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.ArrayList;
import java.util.List;

/** Conditions on who asks, as Envoy's RBAC principals. */
final class RbacPrincipals {

  private static final String SPIFFE = "spiffe://";

  private final TrustDomains trustDomains;

  RbacPrincipals(MeshSettings settings) {
    trustDomains = new TrustDomains(settings);
  }

  /**
   * All of these must hold.
   *
   * @param namespace the policy's, for service accounts that are written without one
   */
  List<Principal> of(Condition condition, String namespace) {
    List<Principal> all = new ArrayList<>();
    if (!condition.values().isEmpty()) {
      all.add(anyOf(condition, condition.values(), namespace));
    }
    if (!condition.notValues().isEmpty()) {
      Principal not = anyOf(condition, condition.notValues(), namespace);
      all.add(Principal.newBuilder().setNotId(not).build());
    }
    return all;
  }

  private Principal anyOf(Condition condition, List<String> values, String namespace) {
    return switch (condition.attribute()) {
      case SOURCE_PRINCIPAL ->
          or(trustDomains.expandPrincipals(values).stream().map(RbacPrincipals::identity).toList());
      case SOURCE_NAMESPACE -> or(values.stream().map(RbacPrincipals::namespace).toList());
      case SOURCE_SERVICE_ACCOUNT ->
          or(values.stream().map(value -> serviceAccount(value, namespace)).toList());
      case SOURCE_TRUST_DOMAIN ->
          or(trustDomains.expand(values).stream().map(RbacPrincipals::trustDomain).toList());
      case SOURCE_IP ->
          or(
              values.stream()
                  .map(RbacValues::range)
                  .map(range -> Principal.newBuilder().setDirectRemoteIp(range).build())
                  .toList());
      case REMOTE_IP ->
          or(
              values.stream()
                  .map(RbacValues::range)
                  .map(range -> Principal.newBuilder().setRemoteIp(range).build())
                  .toList());
      case REQUEST_HEADER ->
          or(
              values.stream()
                  .map(value -> RbacValues.header(condition.name(), value))
                  .map(header -> Principal.newBuilder().setHeader(header).build())
                  .toList());
      case REQUEST_PRINCIPAL -> or(values.stream().map(JwtClaims::principal).toList());
      case REQUEST_AUDIENCES -> JwtClaims.claim(List.of("aud"), values);
      case REQUEST_PRESENTER -> JwtClaims.claim(List.of("azp"), values);
      case REQUEST_CLAIM -> JwtClaims.claim(List.of(condition.name().split("]\\[", -1)), values);
      default -> throw new IllegalArgumentException("not about who asks: " + condition.attribute());
    };
  }

  private static Principal or(List<Principal> ids) {
    return Principal.newBuilder().setOrIds(Principal.Set.newBuilder().addAllIds(ids)).build();
  }

  private static Principal identity(String value) {
    StringMatch match;
    if (value.equals("*")) {
      match = new StringMatch.Regex(".+");
    } else if (value.startsWith("*")) {
      match = new StringMatch.Suffix(value.substring(1));
    } else if (value.endsWith("*")) {
      match = new StringMatch.Prefix(SPIFFE + value.substring(0, value.length() - 1));
    } else {
      match = new StringMatch.Exact(SPIFFE + value);
    }
    return authenticated(Protos.stringMatcher(match));
  }

  private static Principal namespace(String value) {
    return matching(".*/ns/" + pattern(value) + "/.*");
  }

  private static Principal serviceAccount(String value, String namespace) {
    int slash = value.indexOf('/');
    String home = slash < 0 ? namespace : value.substring(0, slash);
    return matching(
        "spiffe://.+/ns/%s/(.+/|)sa/%s(/.+)?"
            .formatted(Pattern.quote(home), Pattern.quote(value.substring(slash + 1))));
  }

  private static Principal trustDomain(String value) {
    return matching("spiffe://" + pattern(value).replace(".*", "[^/]*") + "/.*");
  }

  private static String pattern(String value) {
    return Pattern.quote(value).replace("\\*", ".*");
  }

  private static Principal matching(String regex) {
    return authenticated(StringMatcher.newBuilder().setSafeRegex(Protos.regex(regex)).build());
  }

  private static Principal authenticated(StringMatcher name) {
    return Principal.newBuilder()
        .setAuthenticated(Principal.Authenticated.newBuilder().setPrincipalName(name))
        .build();
  }
}
