package dev.weft.xds.translation;

import com.google.protobuf.MessageLite;
import dev.weft.engine.model.AddressRange;
import dev.weft.engine.model.Condition;
import dev.weft.engine.model.InboundFilter;
import dev.weft.engine.model.StringMatch;
import dev.weft.xds.proto.CidrRange;
import dev.weft.xds.proto.HeaderMatcher;
import dev.weft.xds.proto.PathMatcher;
import dev.weft.xds.proto.Permission;
import dev.weft.xds.proto.Policy;
import dev.weft.xds.proto.Principal;
import dev.weft.xds.proto.RBAC;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Function;

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
  InboundFilter.Rules rules(RBAC rbac, String at) {
    List<InboundFilter.Policy> policies = new ArrayList<>();
    InboundFilter.Action action =
        switch (rbac.getAction()) {
          case ALLOW -> InboundFilter.Action.ALLOW;
          case DENY -> InboundFilter.Action.DENY;
          case LOG -> InboundFilter.Action.LOG;
          case UNRECOGNIZED -> {
            policies.add(new InboundFilter.Policy(at, unknown(at, "the action")));
            yield InboundFilter.Action.DENY;
          }
        };
    for (int number : UnreadFields.of(rbac, AUDIT_LOGGING_OPTIONS)) {
      policies.add(new InboundFilter.Policy(at, unknown(at, "field " + number)));
    }
    new TreeMap<>(rbac.getPoliciesMap())
        .forEach(
            (name, policy) ->
                policies.add(
                    new InboundFilter.Policy(name, condition(policy, at + "[" + name + "]"))));
    return new InboundFilter.Rules(action, policies);
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
      case DESTINATION_PORT_RANGE ->
          understood(
              at,
              () -> ConnectionConditions.ports(permission.getDestinationPortRange(), at, findings));
      case DESTINATION_IP ->
          range(permission.getDestinationIp(), at, Condition.DestinationAddressIs::new);
      case REQUESTED_SERVER_NAME ->
          understood(
              at,
              () ->
                  new Condition.ServerNameIs(
                      Matchers.string(permission.getRequestedServerName(), at, findings)));
      case URI_TEMPLATE ->
          understood(
              at, () -> ConnectionConditions.template(permission.getUriTemplate(), at, findings));
      case METADATA ->
          understood(
              at, () -> ConnectionConditions.metadata(permission.getMetadata(), at, findings));
      case SOURCED_METADATA ->
          understood(
              at,
              () -> ConnectionConditions.metadata(permission.getSourcedMetadata(), at, findings));
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
      case SOURCE_IP -> range(principal.getSourceIp(), at, Condition.PeerAddressIs::new);
      case DIRECT_REMOTE_IP ->
          range(principal.getDirectRemoteIp(), at, Condition.PeerAddressIs::new);
      case REMOTE_IP -> range(principal.getRemoteIp(), at, Condition.ClientAddressIs::new);
      case METADATA ->
          understood(
              at, () -> ConnectionConditions.metadata(principal.getMetadata(), at, findings));
      case SOURCED_METADATA ->
          understood(
              at,
              () -> ConnectionConditions.metadata(principal.getSourcedMetadata(), at, findings));
      case IDENTIFIER_NOT_SET -> unknown(at, "a principal of unknown kind" + numbers(principal));
    };
  }

  private List<Condition> principals(Principal.Set set, String at) {
    return set.getIdsList().stream().map(id -> principal(id, at)).toList();
  }

  /** What may turn out not to be understood. */
  @FunctionalInterface
  private interface Reading {
    Condition read() throws ResourceRefused;
  }

  private Condition understood(String at, Reading reading) {
    try {
      return reading.read();
    } catch (ResourceRefused e) {
      return unknown(at, reason(e));
    }
  }

  private Condition range(CidrRange range, String at, Function<AddressRange, Condition> condition) {
    return understood(at, () -> condition.apply(ConnectionConditions.range(range, at, findings)));
  }

  /** Without a name: "it applies to any user that is authenticated". */
  private Condition authenticated(Principal.Authenticated authenticated, String at) {
    return understood(
        at,
        () -> {
          findings.refuseUnread(authenticated, at);
          return new Condition.PeerIs(
              authenticated.hasPrincipalName()
                  ? Matchers.string(authenticated.getPrincipalName(), at, findings)
                  : new StringMatch.Present());
        });
  }

  private Condition header(HeaderMatcher matcher, String at) {
    return understood(
        at,
        () ->
            allOf(
                Matchers.header(matcher, at, findings).stream()
                    .map(match -> (Condition) new Condition.HeaderIs(match))
                    .toList()));
  }

  private Condition path(PathMatcher matcher, String at) {
    return understood(
        at,
        () -> {
          findings.refuseUnread(matcher, at);
          return new Condition.PathIs(Matchers.string(matcher.getPath(), at, findings));
        });
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
