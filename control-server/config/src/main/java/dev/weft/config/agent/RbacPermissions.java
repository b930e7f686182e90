package dev.weft.config.agent;

import com.google.protobuf.Any;
import dev.weft.config.model.AuthorizationPolicy.Attribute;
import dev.weft.config.model.AuthorizationPolicy.Condition;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.config.rbac.v3.Permission;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig;
import io.envoyproxy.envoy.type.matcher.v3.PathMatcher;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Conditions on what is asked, as Envoy's RBAC permissions. */
final class RbacPermissions {

  private static final Set<Attribute> KNOWN =
      EnumSet.of(
          Attribute.HOST,
          Attribute.METHOD,
          Attribute.PATH,
          Attribute.DESTINATION_PORT,
          Attribute.DESTINATION_IP,
          Attribute.SERVER_NAME);

  static boolean knows(Condition condition) {
    return KNOWN.contains(condition.attribute());
  }

  /** All of these must hold. */
  List<Permission> of(Condition condition) {
    List<Permission> all = new ArrayList<>();
    if (!condition.values().isEmpty()) {
      all.add(anyOf(condition.attribute(), condition.values()));
    }
    if (!condition.notValues().isEmpty()) {
      Permission not = anyOf(condition.attribute(), condition.notValues());
      all.add(Permission.newBuilder().setNotRule(not).build());
    }
    return all;
  }

  private static Permission anyOf(Attribute attribute, List<String> values) {
    return Permission.newBuilder()
        .setOrRules(
            Permission.Set.newBuilder()
                .addAllRules(values.stream().map(value -> one(attribute, value)).toList()))
        .build();
  }

  private static Permission one(Attribute attribute, String value) {
    Permission.Builder permission = Permission.newBuilder();
    switch (attribute) {
      case HOST -> permission.setHeader(host(value));
      case METHOD -> permission.setHeader(RbacValues.header(":method", value));
      case PATH -> path(permission, value);
      case DESTINATION_PORT -> permission.setDestinationPort(Integer.parseInt(value));
      case DESTINATION_IP -> permission.setDestinationIp(RbacValues.range(value));
      case SERVER_NAME ->
          permission.setRequestedServerName(Protos.stringMatcher(RbacValues.wildcard(value)));
      default -> throw new IllegalArgumentException("not about what is asked: " + attribute);
    }
    return permission.build();
  }

  /** In any case of its letters. */
  private static HeaderMatcher host(String value) {
    HeaderMatcher matcher = RbacValues.header(":authority", value);
    return matcher.hasStringMatch()
        ? matcher.toBuilder()
            .setStringMatch(matcher.getStringMatch().toBuilder().setIgnoreCase(true))
            .build()
        : matcher;
  }

  private static void path(Permission.Builder permission, String value) {
    if (value.contains("{*}") || value.contains("{**}")) {
      String template = value.replace("{**}", "**").replace("{*}", "*");
      permission.setUriTemplate(
          TypedExtensionConfig.newBuilder()
              .setName("uri-template")
              .setTypedConfig(
                  Any.pack(UriTemplateMatchConfig.newBuilder().setPathTemplate(template).build())));
    } else {
      permission.setUrlPath(
          PathMatcher.newBuilder().setPath(Protos.stringMatcher(RbacValues.wildcard(value))));
    }
  }
}
