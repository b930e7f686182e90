package dev.weft.config.agent;

import com.google.protobuf.Any;
import dev.weft.config.model.AuthorizationPolicy.Attribute;
import dev.weft.config.model.AuthorizationPolicy.Condition;
import dev.weft.config.model.StringMatch;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.config.rbac.v3.Permission;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig;
import io.envoyproxy.envoy.type.matcher.v3.ListMatcher;
import io.envoyproxy.envoy.type.matcher.v3.MetadataMatcher;
import io.envoyproxy.envoy.type.matcher.v3.PathMatcher;
import io.envoyproxy.envoy.type.matcher.v3.ValueMatcher;
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
          Attribute.SERVER_NAME,
          Attribute.FILTER_METADATA);

  static boolean knows(Condition condition) {
    return KNOWN.contains(condition.attribute());
  }

  /** All of these must hold. */
  List<Permission> of(Condition condition) {
    List<Permission> all = new ArrayList<>();
    if (!condition.values().isEmpty()) {
      all.add(anyOf(condition, condition.values()));
    }
    if (!condition.notValues().isEmpty()) {
      Permission not = anyOf(condition, condition.notValues());
      all.add(Permission.newBuilder().setNotRule(not).build());
    }
    return all;
  }

  private static Permission anyOf(Condition condition, List<String> values) {
    return Permission.newBuilder()
        .setOrRules(
            Permission.Set.newBuilder()
                .addAllRules(values.stream().map(value -> one(condition, value)).toList()))
        .build();
  }

  private static Permission one(Condition condition, String value) {
    Attribute attribute = condition.attribute();
    Permission.Builder permission = Permission.newBuilder();
    switch (attribute) {
      case HOST -> permission.setHeader(host(value));
      case METHOD -> permission.setHeader(RbacValues.header(":method", value));
      case PATH -> path(permission, value);
      case DESTINATION_PORT -> permission.setDestinationPort(Integer.parseInt(value));
      case DESTINATION_IP -> permission.setDestinationIp(RbacValues.range(value));
      case SERVER_NAME ->
          permission.setRequestedServerName(Protos.stringMatcher(RbacValues.wildcard(value)));
      case FILTER_METADATA -> metadata(permission, condition.name(), value);
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

  /** As Istio writes it: the key is one name, however it looks. */
  @SuppressWarnings("deprecation") // every version of Envoy understands this field
  private static void metadata(Permission.Builder permission, String name, String value) {
    int bracket = name.indexOf('[');
    boolean inList = value.startsWith("[") && value.endsWith("]");
    String text = inList ? value.substring(1, value.length() - 1) : value;
    ValueMatcher match =
        ValueMatcher.newBuilder()
            .setStringMatch(
                Protos.stringMatcher(
                    text.equals("*") ? new StringMatch.Regex(".+") : RbacValues.wildcard(text)))
            .build();
    permission.setMetadata(
        MetadataMatcher.newBuilder()
            .setFilter(name.substring(0, bracket))
            .addPath(
                MetadataMatcher.PathSegment.newBuilder()
                    .setKey(name.substring(bracket + 1, name.length() - 1)))
            .setValue(
                inList
                    ? ValueMatcher.newBuilder()
                        .setListMatch(ListMatcher.newBuilder().setOneOf(match))
                        .build()
                    : match));
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
