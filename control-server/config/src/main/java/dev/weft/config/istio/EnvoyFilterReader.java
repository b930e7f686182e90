package dev.weft.config.istio;

import dev.weft.config.model.EnvoyFilter;
import dev.weft.config.model.EnvoyFilter.Context;
import dev.weft.config.model.EnvoyFilter.Patch;
import dev.weft.config.model.EnvoyFilter.Scope;
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
 * Reads of an EnvoyFilter the patches by which Istio's documentation limits the rate of requests,
 * to servers and by callers. Every other patch is ignored, with a warning that says why.
 */
final class EnvoyFilterReader {

  private static final Set<String> CONNECTION_MANAGERS =
      Set.of("envoy.filters.network.http_connection_manager", "envoy.http_connection_manager");
  private static final Set<String> ROUTERS = Set.of("envoy.filters.http.router", "envoy.router");

  /** Istio's name for what serves a port. */
  private static final Pattern VIRTUAL_HOST = Pattern.compile("inbound\\|http\\|(\\d{1,5})");

  /** And for what is called. */
  private static final Pattern CALLED_HOST = Pattern.compile("([^|*/]+):(\\d{1,5})");

  /** Where a patch belongs. */
  private record Place(Scope scope, boolean beforeRouter) {}

  /** What a virtual host's name says. */
  private record VirtualHost(@Nullable Integer port, @Nullable String host) {}

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
    Integer priority = spec.integer("priority", Integer.MIN_VALUE, Integer.MAX_VALUE);
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
    return new EnvoyFilter(
        metadata,
        selector == null ? WorkloadSelector.ALL : selector,
        priority == null ? 0 : priority,
        patches);
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
        fields.error(
            "applyTo",
            applyTo
                + " is not among HTTP_FILTER, VIRTUAL_HOST, HTTP_ROUTE and CLUSTER, the parts of a"
                + " rate limit");
        return null;
      }
    }
  }

  private static void operation(Fields patch, String... understood) {
    String operation = patch.requiredString("operation");
    if (!List.of(understood).contains(operation)) {
      patch.error("operation", operation + " is not " + String.join(" or ", understood));
    }
  }

  private static Place place(Fields fields) {
    Place place = fields.object("match", EnvoyFilterReader::match);
    return place == null ? new Place(new Scope(Context.ANY, null, null), false) : place;
  }

  private static Place match(Fields fields) {
    Context context = Context.ANY;
    if ("GATEWAY".equals(fields.string("context"))) {
      fields.error("context", "gateways are not served");
    } else if (fields.has("context")) {
      Context written = fields.oneOf("context", Context.class);
      context = written == null ? Context.ANY : written;
    }
    Context of = context;
    Place listener = fields.object("listener", it -> listener(it, of));
    Place routes = fields.object("routeConfiguration", it -> routes(it, of));
    return listener != null
        ? listener
        : routes != null ? routes : new Place(new Scope(context, null, null), false);
  }

  private static Place listener(Fields fields, Context context) {
    Integer port = CommonFields.port(fields, "portNumber");
    Boolean beforeRouter =
        fields.object(
            "filterChain", chain -> chain.object("filter", EnvoyFilterReader::networkFilter));
    return new Place(new Scope(context, port, null), Boolean.TRUE.equals(beforeRouter));
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

  private static Place routes(Fields fields, Context context) {
    Integer port = CommonFields.port(fields, "portNumber");
    VirtualHost host = fields.object("vhost", it -> virtualHost(it, context));
    if (host == null || host.port == null) {
      return new Place(new Scope(context, port, null), false);
    }
    Context of = host.host == null ? Context.SIDECAR_INBOUND : Context.SIDECAR_OUTBOUND;
    return new Place(new Scope(of, host.port, host.host), false);
  }

  private static VirtualHost virtualHost(Fields fields, Context context) {
    fields.object(
        "route",
        route -> {
          String action = route.string("action");
          if (action != null && !action.equals("ANY") && !action.equals("ROUTE")) {
            route.error("action", action + " is neither ANY nor ROUTE");
          }
          String name = route.string("name");
          if (name != null && context == Context.SIDECAR_OUTBOUND) {
            route.error("name", "the routes of a host that is called have one limit: leave it out");
          } else if (name != null && !name.equals("default")) {
            route.error("name", "a server has no route but default");
          }
          return true;
        });
    String name = fields.string("name");
    if (name == null) {
      return new VirtualHost(null, null);
    }
    Matcher served = VIRTUAL_HOST.matcher(name);
    Matcher called = CALLED_HOST.matcher(name);
    if (context != Context.SIDECAR_OUTBOUND && served.matches()) {
      return new VirtualHost(Integer.valueOf(served.group(1)), null);
    } else if (context != Context.SIDECAR_INBOUND && called.matches()) {
      return new VirtualHost(Integer.valueOf(called.group(2)), called.group(1));
    }
    fields.error(
        "name",
        switch (context) {
          case SIDECAR_INBOUND ->
              name + " is no virtual host of a server: they are inbound|http|PORT";
          case SIDECAR_OUTBOUND -> name + " is no virtual host that is called: they are HOST:PORT";
          case ANY -> name + " is no virtual host: they are inbound|http|PORT and HOST:PORT";
        });
    return new VirtualHost(null, null);
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
          if (place.scope.context() != Context.SIDECAR_INBOUND
              && read != null
              && read.limit() instanceof RateLimit.Local) {
            patch.warning(
                "",
                "a caller counts its calls to each host apart, where Envoy counts those to one port"
                    + " together");
          }
          return read == null
              ? null
              : new EnvoyFilter.Insert(place.scope, filter, last, read.stage(), read.limit());
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
          return new EnvoyFilter.Route(place.scope, rules == null ? List.of() : rules, filters);
        });
  }
}
