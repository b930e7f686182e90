package dev.weft.config.istio;

import dev.weft.config.model.AuthorizationPolicy;
import dev.weft.config.model.AuthorizationPolicy.Action;
import dev.weft.config.model.AuthorizationPolicy.Operation;
import dev.weft.config.model.AuthorizationPolicy.Rule;
import dev.weft.config.model.AuthorizationPolicy.Source;
import dev.weft.config.model.Metadata;
import dev.weft.config.model.WorkloadSelector;
import dev.weft.config.source.Fields;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads an AuthorizationPolicy. A condition that is not supported makes the policy stricter, never
 * laxer: what would allow by it does not allow, and what would deny by it denies without asking.
 */
final class AuthorizationPolicyReader {

  private static final String DRY_RUN = "istio.io/dry-run";
  private static final List<String> UNSUPPORTED_SOURCES =
      List.of(
          "requestPrincipals",
          "notRequestPrincipals",
          "serviceAccounts",
          "notServiceAccounts",
          "trustDomains",
          "notTrustDomains",
          "ipBlocks",
          "notIpBlocks",
          "remoteIpBlocks",
          "notRemoteIpBlocks");

  private static final Source ANY_SOURCE = new Source(List.of(), List.of(), List.of(), List.of());
  private static final Operation ANY_OPERATION =
      new Operation(
          List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), List.of());

  private final Action action;
  private int index;

  private AuthorizationPolicyReader(Action action) {
    this.action = action;
  }

  private enum WrittenAction {
    ALLOW,
    DENY,
    AUDIT,
    CUSTOM
  }

  static @Nullable AuthorizationPolicy read(Metadata metadata, Fields spec) {
    WorkloadSelector selector = CommonFields.selector(spec);
    WrittenAction written = spec.oneOf("action", WrittenAction.class);
    if (written == null) {
      written = WrittenAction.ALLOW;
    }
    Action action = written == WrittenAction.ALLOW ? Action.ALLOW : Action.DENY;
    if (written == WrittenAction.CUSTOM) {
      spec.warning("action", "CUSTOM is not supported yet: what its rules match is denied");
      spec.skip("provider");
    } else if (spec.has("provider")) {
      spec.skip("provider");
      spec.error("provider", "must not be given with action " + written);
    }
    AuthorizationPolicyReader reader = new AuthorizationPolicyReader(action);
    List<Optional<Rule>> rules = spec.objects("rules", reader::rule);
    if (action == Action.DENY && rules.isEmpty() && written != WrittenAction.AUDIT) {
      spec.warning("rules", "a policy with action " + written + " and no rules never applies");
    }
    String whyNot = whyNotInForce(metadata, spec, written);
    if (whyNot != null) {
      spec.warning("", whyNot);
      return null;
    }
    return new AuthorizationPolicy(
        metadata, selector, action, rules.stream().flatMap(Optional::stream).toList());
  }

  private static @Nullable String whyNotInForce(
      Metadata metadata, Fields spec, WrittenAction written) {
    boolean targeted = spec.has("targetRef") || spec.has("targetRefs");
    spec.skip("targetRef", "targetRefs");
    if (targeted) {
      // Istio too applies such a policy to gateways and waypoints only, never to workloads.
      return "targetRefs concern gateways and waypoints, which are not served; not in force";
    } else if (written == WrittenAction.AUDIT) {
      return "action AUDIT is not supported yet; ignored";
    } else if ("true".equals(metadata.annotations().get(DRY_RUN))) {
      return "dry run is not supported yet; not in force";
    }
    return null;
  }

  /** Empty if the rule can't ever allow. */
  private Optional<Rule> rule(Fields fields) {
    int number = index++;
    boolean anySource = !fields.has("from");
    boolean anyOperation = !fields.has("to");
    List<Source> sources = matchable(fields, "from", "source", this::source);
    List<Operation> operations = matchable(fields, "to", "operation", this::operation);
    boolean understood = true;
    if (fields.has("when")) {
      report(fields, "when", "the rule");
      understood = false;
    }
    fields.skip("when");
    if ((!understood && action == Action.ALLOW)
        || (sources.isEmpty() && !anySource)
        || (operations.isEmpty() && !anyOperation)) {
      return Optional.empty();
    }
    return Optional.of(new Rule(number, sources, operations));
  }

  private static <T> List<T> matchable(
      Fields rule, String list, String item, Function<Fields, Optional<T>> reader) {
    List<Optional<T>> read = new ArrayList<>();
    rule.objects(
        list,
        entry -> {
          Optional<T> value = entry.object(item, reader);
          if (!entry.has(item)) {
            entry.error(item, "is required");
          }
          read.add(value == null ? Optional.empty() : value);
          return read;
        });
    if (rule.has(list) && read.isEmpty()) {
      rule.error(list, "must not be empty");
    }
    return read.stream().flatMap(Optional::stream).toList();
  }

  private Optional<Source> source(Fields fields) {
    Source source =
        new Source(
            values(fields, "principals"),
            values(fields, "notPrincipals"),
            values(fields, "namespaces"),
            values(fields, "notNamespaces"));
    boolean understood = true;
    for (String name : UNSUPPORTED_SOURCES) {
      if (fields.has(name)) {
        report(fields, name, "the source");
        understood = false;
      }
      fields.skip(name);
    }
    if (understood && source.equals(ANY_SOURCE)) {
      fields.error("", "must not be empty");
    }
    return understood || action == Action.DENY ? Optional.of(source) : Optional.empty();
  }

  private Optional<Operation> operation(Fields fields) {
    boolean understood = true;
    List<String> paths = values(fields, "paths");
    List<String> notPaths = values(fields, "notPaths");
    if (paths.stream().anyMatch(path -> path.contains("{"))) {
      report(fields, "paths", "the operation");
      understood = false;
      paths = List.of();
    }
    if (notPaths.stream().anyMatch(path -> path.contains("{"))) {
      report(fields, "notPaths", "the operation");
      understood = false;
      notPaths = List.of();
    }
    Operation operation =
        new Operation(
            values(fields, "hosts"),
            values(fields, "notHosts"),
            ports(fields, "ports"),
            ports(fields, "notPorts"),
            values(fields, "methods"),
            values(fields, "notMethods"),
            paths,
            notPaths);
    if (understood && operation.equals(ANY_OPERATION)) {
      fields.error("", "must not be empty");
    }
    return understood || action == Action.DENY ? Optional.of(operation) : Optional.empty();
  }

  private static List<String> values(Fields fields, String name) {
    List<String> values = fields.strings(name);
    if (fields.has(name) && values.isEmpty()) {
      fields.error(name, "must not be empty");
    }
    for (String value : values) {
      if (value.isEmpty()) {
        fields.error(name, "must not contain an empty string");
      } else if (value.length() > 1
          && value.substring(1, value.length() - 1).contains("*")
          && !value.contains("{")) {
        fields.error(name, "\"" + value + "\": \"*\" may stand only in front or at the end");
      } else if (value.length() > 1 && value.startsWith("*") && value.endsWith("*")) {
        fields.error(name, "\"" + value + "\": \"*\" may stand in front or at the end, not both");
      }
    }
    return values;
  }

  private static List<String> ports(Fields fields, String name) {
    List<String> ports = fields.strings(name);
    if (fields.has(name) && ports.isEmpty()) {
      fields.error(name, "must not be empty");
    }
    for (String port : ports) {
      if (!port.matches("[1-9][0-9]{0,4}") || Integer.parseInt(port) > CommonFields.MAX_PORT) {
        fields.error(name, "\"" + port + "\" is not a port");
      }
    }
    return ports;
  }

  private void report(Fields fields, String name, String what) {
    fields.warning(
        name,
        action == Action.ALLOW
            ? "is not supported yet: " + what + " allows nothing"
            : "is not supported yet: " + what + " denies whether or not it holds");
  }
}
