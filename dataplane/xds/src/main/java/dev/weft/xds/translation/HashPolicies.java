package dev.weft.xds.translation;

import dev.weft.engine.Header;
import dev.weft.engine.model.HashPolicy;
import dev.weft.xds.proto.RouteAction;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A RouteAction's hash_policy. What can't be hashed is left out: there are others, or chance. */
final class HashPolicies {

  private HashPolicies() {}

  static List<HashPolicy> policies(
      List<RouteAction.HashPolicy> source, String at, Findings findings) {
    List<HashPolicy> policies = new ArrayList<>();
    for (int i = 0; i < source.size(); i++) {
      String field = at + "[" + i + "]";
      RouteAction.HashPolicy policy = source.get(i);
      findings.noteUnread(policy, field);
      boolean terminal = policy.getTerminal();
      switch (policy.getPolicySpecifierCase()) {
        case HEADER -> {
          findings.noteUnread(policy.getHeader(), field + ".header");
          policies.add(
              new HashPolicy.Header(
                  policy.getHeader().getHeaderName().toLowerCase(Locale.ROOT), terminal));
        }
        case COOKIE -> policies.add(cookie(policy.getCookie(), terminal));
        case CONNECTION_PROPERTIES -> {
          if (policy.getConnectionProperties().getSourceIp()) {
            policies.add(new HashPolicy.SourceIp(terminal));
          }
        }
        case QUERY_PARAMETER ->
            policies.add(
                new HashPolicy.QueryParameter(policy.getQueryParameter().getName(), terminal));
        case POLICYSPECIFIER_NOT_SET ->
            findings.note(field, "hashes something that is not supported; left out");
      }
    }
    return policies;
  }

  private static HashPolicy cookie(RouteAction.HashPolicy.Cookie cookie, boolean terminal) {
    return new HashPolicy.Cookie(
        cookie.getName(),
        cookie.hasTtl() ? Values.duration(cookie.getTtl()) : null,
        cookie.getPath(),
        cookie.getAttributesList().stream()
            .map(attribute -> new Header(attribute.getName(), attribute.getValue()))
            .toList(),
        terminal);
  }
}
