package dev.weft.xds.translation;

import com.google.protobuf.MessageLite;
import dev.weft.engine.model.Condition;
import dev.weft.engine.model.HeaderMatch;
import dev.weft.engine.model.InboundListener;
import dev.weft.engine.model.StringMatch;
import dev.weft.xds.proto.HeaderMatcher;
import dev.weft.xds.proto.PathMatcher;
import dev.weft.xds.proto.Permission;
import dev.weft.xds.proto.Policy;
import dev.weft.xds.proto.Principal;
import dev.weft.xds.proto.RBAC;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * Envoy's config.rbac.v3.RBAC. Nothing is dropped: what is not understood becomes {@link
 * Condition.Unknown}, which refuses, and a note.
 */
final class RbacTranslator {

  private static final int AUDIT_LOGGING_OPTIONS = 3;

  private final Findings findings;

  RbacTranslator(Findings findings) {
    this.findings = findings;
  }

  /** The policies in the order of their names, as Envoy judges them. */
  List<InboundListener.Policy> policies(RBAC rbac, String at) {
    List<InboundListener.Policy> policies = new ArrayList<>();
    for (int number : UnreadFields.of(rbac, AUDIT_LOGGING_OPTIONS)) {
      policies.add(new InboundListener.Policy(at, unknown(at, "field " + number)));
    }
    new TreeMap<>(rbac.getPoliciesMap())
        .forEach(
            (name, policy) ->
                policies.add(
                    new InboundListener.Policy(name, condition(policy, at + "[" + name + "]"))));
    return policies;
  }

  private Condition condition(Policy policy, String at) {
    List<Condition> permissions = new ArrayList<>();
    for (Permission permission : policy.getPermissionsList()) {
      permissions.add(permission(permission, at + ".permissions"));
    }
    List<Condition> principals = new ArrayList<>();
    for (Principal principal : policy.getPrincipalsList()) {
      principals.add(principal(principal, at + ".principals"));
    }
    List<Condition> all = new ArrayList<>();
    addUnread(policy, at, all);
    all.add(anyOf(permissions));
    all.add(anyOf(principals));
    return allOf(all);
  }

  private Condition permission(Permission permission, String at) {
    return switch (permission.getRuleCase()) {
      case ANY -> any(permission.getAny(), at);
      case AND_RULES -> allOf(permissions(permission.getAndRules(), at + ".and_rules"));
      case OR_RULES -> anyOf(permissions(permission.getOrRules(), at + ".or_rules"));
      case NOT_RULE -> new Condition.Not(permission(permission.getNotRule(), at + ".not_rule"));
      case HEADER -> header(permission.getHeader(), at + ".header");
      case URL_PATH -> path(permission.getUrlPath(), at + ".url_path");
      case DESTINATION_PORT -> new Condition.DestinationPortIs(permission.getDestinationPort());
      case RULE_NOT_SET -> unknown(at, "a permission of unknown kind" + numbers(permission));
    };
  }

  private List<Condition> permissions(Permission.Set set, String at) {
    return set.getRulesList().stream().map(rule -> permission(rule, at)).toList();
  }

  private Condition principal(Principal principal, String at) {
    return switch (principal.getIdentifierCase()) {
      case ANY -> any(principal.getAny(), at);
      case AND_IDS -> allOf(principals(principal.getAndIds(), at + ".and_ids"));
      case OR_IDS -> anyOf(principals(principal.getOrIds(), at + ".or_ids"));
      case NOT_ID -> new Condition.Not(principal(principal.getNotId(), at + ".not_id"));
      case AUTHENTICATED -> authenticated(principal.getAuthenticated(), at + ".authenticated");
      case HEADER -> header(principal.getHeader(), at + ".header");
      case URL_PATH -> path(principal.getUrlPath(), at + ".url_path");
      case IDENTIFIER_NOT_SET -> unknown(at, "a principal of unknown kind" + numbers(principal));
    };
  }

  private List<Condition> principals(Principal.Set set, String at) {
    return set.getIdsList().stream().map(id -> principal(id, at)).toList();
  }

  /** Without a name: "it applies to any user that is authenticated". */
  private Condition authenticated(Principal.Authenticated authenticated, String at) {
    try {
      findings.refuseUnread(authenticated, at);
      return new Condition.PeerIs(
          authenticated.hasPrincipalName()
              ? Matchers.string(authenticated.getPrincipalName(), at, findings)
              : new StringMatch.Present());
    } catch (ResourceRefused e) {
      return unknown(at, reason(e));
    }
  }

  private Condition header(HeaderMatcher matcher, String at) {
    try {
      List<HeaderMatch> matches = Matchers.header(matcher, at, findings);
      return allOf(
          matches.stream().map(match -> (Condition) new Condition.HeaderIs(match)).toList());
    } catch (ResourceRefused e) {
      return unknown(at, reason(e));
    }
  }

  private Condition path(PathMatcher matcher, String at) {
    try {
      findings.refuseUnread(matcher, at);
      return new Condition.PathIs(Matchers.string(matcher.getPath(), at, findings));
    } catch (ResourceRefused e) {
      return unknown(at, reason(e));
    }
  }

  /** Envoy accepts only true. */
  private Condition any(boolean any, String at) {
    return any ? new Condition.Always() : unknown(at, "any: false");
  }

  private void addUnread(MessageLite message, String at, List<Condition> to) {
    for (int number : UnreadFields.of(message)) {
      to.add(unknown(at, "field " + number));
    }
  }

  private Condition unknown(String at, String what) {
    findings.note(at, "not understood (" + what + "): requests it is asked about are refused");
    return new Condition.Unknown(at + ": " + what);
  }

  private static String numbers(MessageLite message) {
    return UnreadFields.of(message).isEmpty() ? "" : " " + UnreadFields.of(message);
  }

  private static String reason(ResourceRefused refusal) {
    String message = refusal.getMessage();
    return message == null ? "refused" : message;
  }

  private static Condition allOf(List<Condition> conditions) {
    return conditions.size() == 1 ? conditions.get(0) : new Condition.AllOf(conditions);
  }

  private static Condition anyOf(List<Condition> conditions) {
    return conditions.size() == 1 ? conditions.get(0) : new Condition.AnyOf(conditions);
  }
}
