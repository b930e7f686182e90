package dev.weft.config.istio;

import dev.weft.config.model.Metadata;
import dev.weft.config.model.RouteMatch;
import dev.weft.config.model.RouteRule;
import dev.weft.config.model.StringMatch;
import dev.weft.config.model.VirtualService;
import dev.weft.config.model.Visibility;
import dev.weft.config.model.WeightedDestination;
import dev.weft.config.source.Fields;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a VirtualService. */
final class VirtualServices {

  private static final String MESH_GATEWAY = "mesh";

  private final Metadata metadata;
  private int index;

  private VirtualServices(Metadata metadata) {
    this.metadata = metadata;
  }

  static VirtualService read(Metadata metadata, Fields spec) {
    List<String> hosts = hosts(spec);
    boolean mesh = mesh(spec);
    if (!mesh) {
      spec.warning("gateways", "gateways are not served yet; ignored");
    }
    Visibility visibility = CommonFields.visibility(spec);
    VirtualServices reader = new VirtualServices(metadata);
    List<RouteRule> routes = spec.objects("http", reader::rule);
    if (!spec.has("http") && !spec.has("tcp") && !spec.has("tls")) {
      spec.error("", "must have http, tcp or tls");
    }
    spec.ignored("tcp", "tls");
    return new VirtualService(metadata, hosts, routes, mesh, visibility);
  }

  private static List<String> hosts(Fields spec) {
    List<String> hosts = spec.strings("hosts");
    if (hosts.isEmpty()) {
      spec.warning(
          "hosts", "has no hosts, so it applies to nothing: delegates are not supported yet");
    }
    for (int i = 0; i < hosts.size(); i++) {
      if (!Names.isWildcardHost(hosts.get(i))) {
        spec.error("hosts[" + i + "]", "\"" + hosts.get(i) + "\" is not a host name");
      }
    }
    return hosts.stream().map(host -> host.toLowerCase(Locale.ROOT)).toList();
  }

  private static boolean mesh(Fields fields) {
    List<String> gateways = fields.strings("gateways");
    return gateways.isEmpty() || gateways.contains(MESH_GATEWAY);
  }

  private RouteRule rule(Fields rule) {
    int number = index++;
    String name = rule.string("name");
    List<RouteMatch> matches = rule.objects("match", VirtualServices::match);
    List<WeightedDestination> destinations = rule.objects("route", VirtualServices::destination);
    rule.refused("redirect", "directResponse", "delegate", "rewrite");
    rule.ignored(
        "mirror", "mirrors", "mirrorPercentage", "mirrorPercent", "mirror_percent", "corsPolicy");
    if (destinations.isEmpty()
        && !rule.has("redirect")
        && !rule.has("directResponse")
        && !rule.has("delegate")) {
      rule.error("route", "route, redirect, directResponse or delegate is required");
    }
    checkWeights(rule, destinations);
    Duration timeout = rule.duration("timeout");
    if (timeout != null && !timeout.isZero() && timeout.compareTo(Duration.ofMillis(1)) < 0) {
      rule.error("timeout", "must be at least 1ms, or 0s for none");
    }
    RouteActions.Headers headers = RouteActions.headers(rule);
    return new RouteRule(
        // Metrics need something to tell rules apart by, also where their author gave no name.
        name == null || name.isEmpty()
            ? metadata.namespace() + "/" + metadata.name() + "[" + number + "]"
            : name,
        matches,
        destinations,
        timeout == null || timeout.isZero() ? null : timeout,
        rule.object("retries", RouteActions::retries),
        rule.object("fault", RouteActions::fault),
        headers.request(),
        headers.response());
  }

  private static RouteMatch match(Fields match) {
    String name = match.string("name");
    StringMatch path = CommonFields.valueMatch(match, "uri");
    Boolean ignoreCase = match.bool("ignoreUriCase");
    StringMatch scheme = CommonFields.valueMatch(match, "scheme");
    StringMatch method = CommonFields.valueMatch(match, "method");
    StringMatch authority = CommonFields.valueMatch(match, "authority");
    Map<String, StringMatch> headers = CommonFields.headerMatches(match, "headers");
    Map<String, StringMatch> without = CommonFields.headerMatches(match, "withoutHeaders");
    match.refused("queryParams");
    match.ignored("statPrefix");
    String sourceNamespace = match.string("sourceNamespace");
    return new RouteMatch(
        name == null ? "" : name,
        path,
        Boolean.TRUE.equals(ignoreCase),
        scheme,
        method,
        authority,
        headers,
        without,
        CommonFields.port(match, "port"),
        CommonFields.labels(match, "sourceLabels"),
        sourceNamespace == null ? "" : sourceNamespace,
        mesh(match));
  }

  private static WeightedDestination destination(Fields route) {
    Integer weight = route.integer("weight", 0, Integer.MAX_VALUE);
    Target target = route.object("destination", Target::read);
    if (target == null) {
      if (!route.has("destination")) {
        route.error("destination", "is required");
      }
      target = new Target("", "", null);
    }
    RouteActions.Headers headers = RouteActions.headers(route);
    return new WeightedDestination(
        target.host,
        target.subset,
        target.port,
        weight == null ? 0 : weight,
        headers.request(),
        headers.response());
  }

  private record Target(String host, String subset, @Nullable Integer port) {

    static Target read(Fields fields) {
      String host = fields.requiredString("host");
      if (host.equals("*") || (!host.isEmpty() && !Names.isWildcardHost(host))) {
        fields.error("host", "\"" + host + "\" is not a host name");
      }
      String subset = fields.string("subset");
      if (subset != null && !Names.isDnsLabel(subset)) {
        fields.error("subset", "\"" + subset + "\" is not a valid subset name");
      }
      Integer port =
          fields.object(
              "port",
              selector -> {
                if (!selector.has("number")) {
                  selector.error("number", "is required");
                }
                return CommonFields.port(selector, "number");
              });
      return new Target(host.toLowerCase(Locale.ROOT), subset == null ? "" : subset, port);
    }
  }

  private static void checkWeights(Fields rule, List<WeightedDestination> destinations) {
    if (destinations.size() < 2) {
      return;
    }
    long total = 0;
    for (WeightedDestination destination : destinations) {
      total += destination.weight();
    }
    if (total == 0) {
      rule.error("route", "total destination weight is 0");
    } else if (total > Integer.MAX_VALUE) {
      rule.error("route", "total destination weight is too large");
    }
  }
}
