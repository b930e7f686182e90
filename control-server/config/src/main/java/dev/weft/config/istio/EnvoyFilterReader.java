package dev.weft.config.istio;

import dev.weft.config.model.EnvoyFilter;
import dev.weft.config.model.EnvoyFilter.Patch;
import dev.weft.config.model.Metadata;
import dev.weft.config.model.RateLimit;
import dev.weft.config.model.WorkloadSelector;
import dev.weft.config.source.Fields;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads of an EnvoyFilter the patches by which Istio's documentation limits the rate of requests to
 * servers. Every other patch is ignored, with a warning that says why.
 */
final class EnvoyFilterReader {

  private static final Set<String> CONNECTION_MANAGERS =
      Set.of("envoy.filters.network.http_connection_manager", "envoy.http_connection_manager");
  private static final Set<String> ROUTERS = Set.of("envoy.filters.http.router", "envoy.router");

  /** Istio's name for what serves a port. */
  private static final Pattern VIRTUAL_HOST = Pattern.compile("inbound\\|http\\|(\\d{1,5})");

  private static final String SERVERS_ONLY =
      "holds for requests to servers only, as with context SIDECAR_INBOUND";

  /** Where a patch belongs. */
  private record Place(@Nullable Integer port, boolean beforeRouter) {

    static final Place ALL = new Place(null, false);
  }

  private final Metadata metadata;

  /** Clusters that patches before added, by name. */
  private final Map<String, EnvoyRateLimits.Service> clusters = new HashMap<>();

  private int number;

  private EnvoyFilterReader(Metadata metadata) {
    this.metadata = metadata;
  }

  static @Nullable EnvoyFilter read(Metadata metadata, Fields spec) {
    WorkloadSelector selector =
        spec.object(
            "workloadSelector",
            fields -> new WorkloadSelector(CommonFields.labels(fields, "labels")));
    spec.ignored("priority");
    if (spec.has("targetRefs")) {
      spec.skipAll();
      spec.warning(
          "", "targetRefs concern gateways and waypoints, which are not served; not in force");
      return null;
    }
    EnvoyFilterReader reader = new EnvoyFilterReader(metadata);
    // Twice, as a filter may name a cluster that a later patch adds.
    spec.quietly("configPatches", reader::cluster);
    List<Patch> patches = spec.objectsUnderstood("configPatches", reader::patch);
    return new EnvoyFilter(metadata, selector == null ? WorkloadSelector.ALL : selector, patches);
  }

  /** Nothing but clusters. */
  private @Nullable Patch cluster(Fields fields) {
    if ("CLUSTER".equals(fields.string("applyTo"))) {
      fields.object(
          "patch",
          patch -> patch.object("value", value -> EnvoyRateLimits.cluster(value, clusters)));
    }
    fields.skipAll();
    return null;
  }

  private @Nullable Patch patch(Fields fields) {
    String name = metadata.namespace() + "/" + metadata.name() + "/" + number++;
    String applyTo = fields.requiredString("applyTo");
    switch (applyTo) {
      case "HTTP_FILTER" -> {
        Place place = place(fields);
        return fields.object("patch", patch -> insert(patch, place, name));
      }
      case "VIRTUAL_HOST", "HTTP_ROUTE" -> {
        Place place = place(fields);
        boolean route = applyTo.equals("HTTP_ROUTE");
        return fields.object("patch", patch -> merge(patch, place, name, route));
      }
      case "CLUSTER" -> {
        fields.skip("match");
        fields.object(
            "patch",
            patch -> {
              operation(patch, "ADD");
              return patch.object("value", value -> EnvoyRateLimits.cluster(value, clusters));
            });
        return null;
      }
      default -> {
        fields.skipAll();
        fields.error("applyTo", applyTo + " is not supported: only rate limits are");
        return null;
      }
    }
  }

  private static void operation(Fields patch, String... understood) {
    String operation = patch.requiredString("operation");
    if (!List.of(understood).contains(operation)) {
      patch.error("operation", operation + " is not supported");
    }
  }

  private static Place place(Fields fields) {
    if (!fields.has("match")) {
      fields.warning("", SERVERS_ONLY);
    }
    Place place = fields.object("match", EnvoyFilterReader::match);
    return place == null ? Place.ALL : place;
  }

  private static Place match(Fields fields) {
    String context = fields.string("context");
    if ("GATEWAY".equals(context)) {
      fields.error("context", "gateways are not served");
    } else if ("SIDECAR_OUTBOUND".equals(context)) {
      fields.error("context", "calls are limited by a ServicePolicy for their host only");
    } else if (context == null || context.equals("ANY")) {
      fields.warning("", SERVERS_ONLY);
    } else if (!context.equals("SIDECAR_INBOUND")) {
      fields.error("context", context + " is not known");
    }
    Place listener = fields.object("listener", EnvoyFilterReader::listener);
    Place routes = fields.object("routeConfiguration", EnvoyFilterReader::routes);
    return listener != null ? listener : routes != null ? routes : Place.ALL;
  }

  private static Place listener(Fields fields) {
    Integer port = CommonFields.port(fields, "portNumber");
    Boolean beforeRouter =
        fields.object(
            "filterChain", chain -> chain.object("filter", EnvoyFilterReader::networkFilter));
    return new Place(port, Boolean.TRUE.equals(beforeRouter));
  }

  /** Whether the filter within it is the router. */
  private static boolean networkFilter(Fields fields) {
    named(fields, CONNECTION_MANAGERS);
    return fields.object(
            "subFilter",
            filter -> {
              named(filter, ROUTERS);
              return true;
            })
        != null;
  }

  private static void named(Fields fields, Set<String> known) {
    String name = fields.string("name");
    if (name != null && !known.contains(name)) {
      fields.error("name", name + " is not among the filters that the agent has");
    }
  }

  private static Place routes(Fields fields) {
    Integer port = CommonFields.port(fields, "portNumber");
    Integer hostsPort = fields.object("vhost", EnvoyFilterReader::virtualHost);
    return new Place(hostsPort == null ? port : hostsPort, false);
  }

  private static @Nullable Integer virtualHost(Fields fields) {
    fields.object(
        "route",
        route -> {
          String action = route.string("action");
          if (action != null && !action.equals("ANY") && !action.equals("ROUTE")) {
            route.error("action", action + " is not supported");
          }
          String name = route.string("name");
          if (name != null && !name.equals("default")) {
            route.error("name", "a server has no route but default");
          }
          return name;
        });
    String name = fields.string("name");
    Matcher port = VIRTUAL_HOST.matcher(name == null ? "" : name);
    if (name != null && !port.matches()) {
      fields.error("name", name + " is no virtual host of a server: they are inbound|http|PORT");
    }
    return port.matches() ? Integer.valueOf(port.group(1)) : null;
  }

  private @Nullable Patch insert(Fields patch, Place place, String name) {
    operation(patch, "INSERT_BEFORE", "INSERT_FIRST");
    boolean last = place.beforeRouter && "INSERT_BEFORE".equals(patch.string("operation"));
    return patch.object(
        "value",
        value -> {
          String filter = value.requiredString("name");
          EnvoyRateLimits.Filter read =
              EnvoyRateLimits.typed(
                  value,
                  "typed_config",
                  (type, it) -> EnvoyRateLimits.filter(it, type, name, clusters));
          return read == null
              ? null
              : new EnvoyFilter.Insert(place.port, filter, last, read.stage(), read.limit());
        });
  }

  private static @Nullable Patch merge(Fields patch, Place place, String name, boolean ofRoute) {
    operation(patch, "MERGE");
    return patch.object(
        "value",
        value -> {
          Map<String, RateLimit.Local> filters = EnvoyRateLimits.perFilter(value, name);
          List<EnvoyFilter.StagedRule> rules =
              ofRoute
                  ? value.object("route", EnvoyRateLimitRules::read)
                  : EnvoyRateLimitRules.read(value);
          return new EnvoyFilter.Route(place.port, rules == null ? List.of() : rules, filters);
        });
  }
}
