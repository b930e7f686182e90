package dev.weft.config.istio;

import com.google.common.net.InetAddresses;
import dev.weft.config.model.AuthorizationPolicy.Action;
import dev.weft.config.model.AuthorizationPolicy.Attribute;
import dev.weft.config.model.AuthorizationPolicy.Condition;
import dev.weft.config.source.Fields;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the conditions of an AuthorizationPolicy, under whatever names they stand. */
final class AuthorizationConditions {

  private static final Map<String, Attribute> WHEN =
      Map.ofEntries(
          Map.entry("source.ip", Attribute.SOURCE_IP),
          Map.entry("source.namespace", Attribute.SOURCE_NAMESPACE),
          Map.entry("source.serviceAccount", Attribute.SOURCE_SERVICE_ACCOUNT),
          Map.entry("source.trustDomain", Attribute.SOURCE_TRUST_DOMAIN),
          Map.entry("source.principal", Attribute.SOURCE_PRINCIPAL),
          Map.entry("remote.ip", Attribute.REMOTE_IP),
          Map.entry("request.auth.principal", Attribute.REQUEST_PRINCIPAL),
          Map.entry("request.auth.audiences", Attribute.REQUEST_AUDIENCES),
          Map.entry("request.auth.presenter", Attribute.REQUEST_PRESENTER),
          Map.entry("destination.ip", Attribute.DESTINATION_IP),
          Map.entry("destination.port", Attribute.DESTINATION_PORT),
          Map.entry("connection.sni", Attribute.SERVER_NAME));

  private static final Pattern BRACKETED = Pattern.compile("\\[.+]");
  private static final Pattern TEMPLATE =
      Pattern.compile("(/(\\{\\*}|[^/{}*]*))*(/\\{\\*\\*}(/[^{}*]*)?)?");
  private static final String EXPERIMENTAL = "experimental.";
  private static final Pattern METADATA = Pattern.compile("(envoy\\.filters\\.[^\\[]+)\\[(.+)]");
  private static final String AUTHORIZATION_FILTER = "envoy.filters.http.ext_authz";
  private static final String TOKENS = "envoy.filters.http.jwt_authn[payload]";

  private final Action action;
  private boolean unsupported;

  AuthorizationConditions(Action action) {
    this.action = action;
  }

  /** Whether something was met by which nothing may be allowed. */
  boolean unsupported() {
    return unsupported;
  }

  /** All of a {@code source}. */
  Optional<List<Condition>> source(Fields fields) {
    List<Condition> all = new ArrayList<>();
    add(all, fields, Attribute.SOURCE_PRINCIPAL, "principals", "notPrincipals");
    add(all, fields, Attribute.REQUEST_PRINCIPAL, "requestPrincipals", "notRequestPrincipals");
    add(all, fields, Attribute.SOURCE_NAMESPACE, "namespaces", "notNamespaces");
    add(all, fields, Attribute.SOURCE_SERVICE_ACCOUNT, "serviceAccounts", "notServiceAccounts");
    add(all, fields, Attribute.SOURCE_TRUST_DOMAIN, "trustDomains", "notTrustDomains");
    add(all, fields, Attribute.SOURCE_IP, "ipBlocks", "notIpBlocks");
    add(all, fields, Attribute.REMOTE_IP, "remoteIpBlocks", "notRemoteIpBlocks");
    if ((fields.has("serviceAccounts") || fields.has("notServiceAccounts"))
        && (fields.has("principals")
            || fields.has("notPrincipals")
            || fields.has("namespaces")
            || fields.has("notNamespaces"))) {
      fields.error("serviceAccounts", "must not be given with principals or namespaces");
    }
    return complete(fields, all);
  }

  /** All of an {@code operation}. */
  Optional<List<Condition>> operation(Fields fields) {
    List<Condition> all = new ArrayList<>();
    add(all, fields, Attribute.HOST, "hosts", "notHosts");
    add(all, fields, Attribute.DESTINATION_PORT, "ports", "notPorts");
    add(all, fields, Attribute.METHOD, "methods", "notMethods");
    add(all, fields, Attribute.PATH, "paths", "notPaths");
    return complete(fields, all);
  }

  private static Optional<List<Condition>> complete(Fields fields, List<Condition> all) {
    if (all.isEmpty()) {
      fields.error("", "must not be empty");
    }
    return Optional.of(all);
  }

  private static void add(
      List<Condition> all, Fields fields, Attribute attribute, String values, String notValues) {
    Condition condition =
        new Condition(
            attribute, "", values(fields, values, attribute), values(fields, notValues, attribute));
    if (!condition.values().isEmpty() || !condition.notValues().isEmpty()) {
      all.add(condition);
    }
  }

  /** One of the list {@code when}; empty if it is to be taken for one that holds. */
  Optional<Condition> when(Fields fields) {
    String key = fields.requiredString("key");
    if (!fields.has("values") && !fields.has("notValues")) {
      fields.error("", "at least one of values and notValues is required");
    }
    Attribute attribute = WHEN.get(key);
    String name = "";
    if (attribute == null && key.startsWith("request.headers")) {
      attribute = Attribute.REQUEST_HEADER;
      name = bracketed(fields, key, "request.headers").toLowerCase(Locale.ROOT);
      if (!name.isEmpty() && !Names.isHeader(name)) {
        fields.error("key", "\"" + name + "\" is not a header name");
      }
    } else if (attribute == null && key.startsWith("request.auth.claims")) {
      attribute = Attribute.REQUEST_CLAIM;
      name = bracketed(fields, key, "request.auth.claims");
    }
    if (attribute == null && key.startsWith(EXPERIMENTAL + "envoy.filters.")) {
      name = key.substring(EXPERIMENTAL.length());
      attribute = metadata(fields, name);
    } else if (attribute == null && !key.isEmpty()) {
      fields.error("key", "unknown attribute " + key);
    }
    if (attribute == null) {
      fields.skip("values", "notValues");
      return Optional.empty();
    }
    return Optional.of(
        new Condition(
            attribute,
            name,
            values(fields, "values", attribute),
            values(fields, "notValues", attribute)));
  }

  /**
   * What a filter has left of a request for those after it.
   *
   * @param name {@code FILTER[KEY]}
   * @return null if that is nothing
   */
  private @Nullable Attribute metadata(Fields fields, String name) {
    Matcher parts = METADATA.matcher(name);
    if (!parts.matches()) {
      fields.error("key", "must have the form " + EXPERIMENTAL + "envoy.filters.NAME[KEY]");
      return null;
    }
    if (name.equals(TOKENS)) {
      // As Istio has it, with one name only.
      fields.warning(
          "key", "never holds: a token is no text; its claims are request.auth.claims[NAME]");
      return Attribute.FILTER_METADATA;
    }
    if (AUTHORIZATION_FILTER.equals(parts.group(1))) {
      return Attribute.FILTER_METADATA;
    }
    unsupported |= action == Action.ALLOW;
    fields.warning(
        "key",
        name
            + (action == Action.ALLOW
                ? " is filled by nothing in the agent: the rule allows nothing"
                : " is filled by nothing in the agent: the rule matches whether or not it holds"));
    return null;
  }

  private static String bracketed(Fields fields, String key, String prefix) {
    String rest = key.substring(prefix.length());
    if (!BRACKETED.matcher(rest).matches()) {
      fields.error("key", "must have the form " + prefix + "[NAME], is " + key);
      return "";
    }
    return rest.substring(1, rest.length() - 1);
  }

  private static List<String> values(Fields fields, String name, Attribute attribute) {
    List<String> values = fields.strings(name);
    if (fields.has(name) && values.isEmpty()) {
      fields.error(name, "must not be empty");
    }
    for (String value : values) {
      if (value.isEmpty()) {
        fields.error(name, "must not contain an empty string");
      } else {
        check(fields, name, value, attribute);
      }
    }
    return values;
  }

  private static void check(Fields fields, String name, String value, Attribute attribute) {
    switch (attribute) {
      case SOURCE_IP, REMOTE_IP, DESTINATION_IP -> {
        if (!isRange(value)) {
          fields.error(
              name, "\"" + value + "\" is not an IP address, nor a range such as 10.0.0.0/8");
        }
      }
      case DESTINATION_PORT -> {
        if (!value.matches("[1-9][0-9]{0,4}") || Integer.parseInt(value) > CommonFields.MAX_PORT) {
          fields.error(name, "\"" + value + "\" is not a port");
        }
      }
      case SOURCE_SERVICE_ACCOUNT -> {
        if (value.contains("*") || !value.matches("[^/]+(/[^/]+)?")) {
          fields.error(
              name, "\"" + value + "\" is not a service account, nor NAMESPACE/ACCOUNT, exactly");
        }
      }
      case PATH -> {
        if (isTemplate(value)) {
          if (!TEMPLATE.matcher(value).matches()) {
            fields.error(
                name,
                "\""
                    + value
                    + "\": {*} and {**} must be whole segments, {**} the last of them, without *");
          }
        } else {
          wildcard(fields, name, value);
        }
      }
      case FILTER_METADATA -> {
        boolean inList = value.startsWith("[") && value.endsWith("]");
        wildcard(fields, name, inList ? value.substring(1, value.length() - 1) : value);
      }
      default -> wildcard(fields, name, value);
    }
  }

  /** Whether a path is a template, by Istio's measure. */
  static boolean isTemplate(String path) {
    return path.contains("{*}") || path.contains("{**}");
  }

  private static void wildcard(Fields fields, String name, String value) {
    if (value.length() > 1 && value.substring(1, value.length() - 1).contains("*")) {
      fields.error(name, "\"" + value + "\": \"*\" may stand only in front or at the end");
    } else if (value.length() > 1 && value.startsWith("*") && value.endsWith("*")) {
      fields.error(name, "\"" + value + "\": \"*\" may stand in front or at the end, not both");
    }
  }

  private static boolean isRange(String value) {
    int slash = value.indexOf('/');
    String address = slash < 0 ? value : value.substring(0, slash);
    if (!InetAddresses.isInetAddress(address) || address.contains("%")) {
      return false;
    }
    int bits = address.contains(":") ? 128 : 32;
    String length = slash < 0 ? "0" : value.substring(slash + 1);
    return length.matches("[0-9]{1,3}") && Integer.parseInt(length) <= bits;
  }
}
