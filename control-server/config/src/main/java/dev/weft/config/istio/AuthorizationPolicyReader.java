package dev.weft.config.istio;

import dev.weft.config.model.AuthorizationPolicy;
import dev.weft.config.model.AuthorizationPolicy.Action;
import dev.weft.config.model.AuthorizationPolicy.Condition;
import dev.weft.config.model.AuthorizationPolicy.Operation;
import dev.weft.config.model.AuthorizationPolicy.Rule;
import dev.weft.config.model.AuthorizationPolicy.Source;
import dev.weft.config.model.Metadata;
import dev.weft.config.model.WorkloadSelector;
import dev.weft.config.source.Fields;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads an AuthorizationPolicy. A condition that is not supported makes the policy stricter, never
 * laxer: what would allow by it does not allow, and what would deny by it denies without asking.
 */
final class AuthorizationPolicyReader {

  private static final String DRY_RUN = "istio.io/dry-run";

  /** Go's strconv.ParseBool. */
  private static final Set<String> TRUE = Set.of("1", "t", "T", "true", "TRUE", "True");

  private static final Set<String> FALSE = Set.of("0", "f", "F", "false", "FALSE", "False");

  private final Action action;
  private int index;

  private AuthorizationPolicyReader(Action action) {
    this.action = action;
  }

  static @Nullable AuthorizationPolicy read(Metadata metadata, Fields spec) {
    WorkloadSelector selector = CommonFields.selector(spec);
    Action written = spec.oneOf("action", Action.class);
    Action action = written == null ? Action.ALLOW : written;
    String provider = provider(spec, action);
    AuthorizationPolicyReader reader = new AuthorizationPolicyReader(action);
    List<Optional<Rule>> rules = spec.objects("rules", reader::rule);
    if (action != Action.ALLOW && rules.isEmpty()) {
      spec.warning("rules", "a policy with action " + action + " and no rules never applies");
    }
    boolean dryRun = dryRun(metadata, spec);
    if (dryRun && action == Action.CUSTOM) {
      spec.warning("", "a dry run with action CUSTOM asks nobody and tells nothing; not in force");
    }
    boolean targeted = spec.has("targetRef") || spec.has("targetRefs");
    spec.skip("targetRef", "targetRefs");
    if (targeted) {
      // Istio too applies such a policy to gateways and waypoints only, never to workloads.
      spec.warning(
          "", "targetRefs concern gateways and waypoints, which are not served; not in force");
      return null;
    }
    return new AuthorizationPolicy(
        metadata,
        selector,
        action,
        dryRun,
        provider,
        rules.stream().flatMap(Optional::stream).toList());
  }

  private static String provider(Fields spec, Action action) {
    String name = spec.object("provider", fields -> fields.requiredString("name"));
    if (action == Action.CUSTOM && !spec.has("provider")) {
      spec.error("provider", "is required with action CUSTOM");
    } else if (action != Action.CUSTOM && spec.has("provider")) {
      spec.error("provider", "must not be given with action " + action);
    }
    return name == null ? "" : name;
  }

  private static boolean dryRun(Metadata metadata, Fields spec) {
    String written = metadata.annotations().get(DRY_RUN);
    if (written != null && !TRUE.contains(written) && !FALSE.contains(written)) {
      spec.warning("", "annotation " + DRY_RUN + " is neither true nor false; in force");
    }
    return written != null && TRUE.contains(written);
  }

  /** Empty if the rule can't ever allow. */
  private Optional<Rule> rule(Fields fields) {
    int number = index++;
    boolean anySource = !fields.has("from");
    boolean anyOperation = !fields.has("to");
    List<Source> sources = matchable(fields, "from", "source", this::source);
    List<Operation> operations = matchable(fields, "to", "operation", this::operation);
    AuthorizationConditions conditions = new AuthorizationConditions(action);
    List<Condition> when =
        fields.objects("when", conditions::when).stream().flatMap(Optional::stream).toList();
    if (conditions.unsupported()
        || (sources.isEmpty() && !anySource)
        || (operations.isEmpty() && !anyOperation)) {
      return Optional.empty();
    }
    return Optional.of(new Rule(number, sources, operations, when));
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
    return new AuthorizationConditions(action).source(fields).map(Source::new);
  }

  private Optional<Operation> operation(Fields fields) {
    return new AuthorizationConditions(action).operation(fields).map(Operation::new);
  }
}
