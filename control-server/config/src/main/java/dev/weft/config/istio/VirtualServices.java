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
import java.util.stream.Stream;

/** Reads a VirtualService. */
final class VirtualServices {

  private static final String MESH_GATEWAY = "mesh";

  /** Begins what stands for a header where a gateway routes by a token's claims. */
  private static final String CLAIM = "@request.auth.";

  private final Metadata metadata;
  private int index;

  private VirtualServices(Metadata metadata) {
    this.metadata = metadata;
  }

  static VirtualService read(Metadata metadata, Fields spec) {
    List<String> hosts = hosts(spec);
    boolean mesh = mesh(spec);
    Visibility visibility = CommonFields.visibility(spec);
    VirtualServices reader = new VirtualServices(metadata);
    List<RouteRule> routes = spec.objects("http", reader::rule);
    if (!spec.has("http") && !spec.has("tcp") && !spec.has("tls")) {
      spec.error("", "must have http, tcp or tls");
    }
    spec.without(
        "has no effect in the agent: it routes HTTP alone, and the application's other connections"
            + " go where it makes them; to send them elsewhere change the address that it has",
        "tcp",
        "tls");
    return new VirtualService(metadata, hosts, routes, mesh, visibility);
  }

  private static List<String> hosts(Fields spec) {
    List<String> hosts = spec.strings("hosts");
    if (hosts.isEmpty() && !spec.has("http")) {
      spec.error("hosts", "must not be empty, but for a delegate with http routes");
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
    boolean mesh = isMesh(gateways);
    List<String> others =
        gateways.stream().filter(gateway -> !gateway.equals(MESH_GATEWAY)).toList();
    if (!mesh) {
      fields.warning(
          "gateways", "not in force: no gateway is served here; add mesh for callers in the mesh");
    } else if (!others.isEmpty()) {
      fields.warning(
          "gateways",
          "in force for callers in the mesh only: no gateway is served here, and so not "
              + String.join(", ", others));
    }
    return mesh;
  }

  private static boolean isMesh(List<String> gateways) {
    return gateways.isEmpty() || gateways.contains(MESH_GATEWAY);
  }

  private RouteRule rule(Fields rule) {
    int number = index++;
    String name = rule.string("name");
    List<RouteMatch> matches = rule.objects("match", VirtualServices::match);
    RouteRule.Action action = action(rule);
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
        action,
        timeout,
        rule.object("retries", RouteActions::retries),
        rule.object("fault", RouteActions::fault),
        rule.object("corsPolicy", CorsPolicies::read),
        headers.request(),
        headers.response());
  }

  /** One of Istio's four; what goes with a route alone is refused beside the others. */
  private static RouteRule.Action action(Fields rule) {
    List<WeightedDestination> destinations = rule.objects("route", Destinations::weighted);
    RouteRule.Rewrite rewrite = rule.object("rewrite", VirtualServices::rewrite);
    List<RouteRule.Mirror> mirrors = Destinations.mirrors(rule);
    RouteRule.Redirect redirect = rule.object("redirect", Redirects::redirect);
    RouteRule.Respond respond = rule.object("directResponse", Redirects::directResponse);
    RouteRule.Rewrite rewritten = rewrite == null ? RouteRule.Rewrite.NONE : rewrite;
    RouteRule.Delegate delegate =
        rule.object("delegate", fields -> delegate(fields, rewritten, mirrors));
    List<String> given =
        Stream.of("route", "redirect", "directResponse", "delegate").filter(rule::has).toList();
    if (given.isEmpty()) {
      rule.error("route", "route, redirect, directResponse or delegate is required");
    } else if (given.size() > 1) {
      rule.error("", "must have only one of " + String.join(" and ", given));
    }
    if (redirect != null || respond != null) {
      for (String name : List.of("rewrite", "fault")) {
        if (rule.has(name)) {
          rule.error(name, "must not be given with " + given.get(0));
        }
      }
    }
    if (redirect != null) {
      return redirect;
    }
    if (respond != null) {
      return respond;
    }
    if (delegate != null) {
      return delegate;
    }
    Destinations.checkWeights(rule, destinations);
    return new RouteRule.Forward(destinations, rewritten, mirrors);
  }

  private static RouteRule.Rewrite rewrite(Fields fields) {
    String uri = fields.string("uri");
    String authority = fields.string("authority");
    RouteRule.RegexRewrite regex = fields.object("uriRegexRewrite", VirtualServices::regexRewrite);
    if (uri != null && regex != null) {
      fields.error("", "must have only one of uri and uriRegexRewrite");
    }
    if (uri == null && regex == null && authority == null) {
      fields.error("", "must have uri, uriRegexRewrite or authority");
    }
    return new RouteRule.Rewrite(uri == null ? "" : uri, regex, authority == null ? "" : authority);
  }

  private static RouteRule.RegexRewrite regexRewrite(Fields fields) {
    String match = fields.requiredString("match");
    String rewrite = fields.requiredString("rewrite");
    CommonFields.checkRegex(fields, "match", match);
    return new RouteRule.RegexRewrite(match, rewrite);
  }

  private static RouteRule.Delegate delegate(
      Fields fields, RouteRule.Rewrite rewrite, List<RouteRule.Mirror> mirrors) {
    String name = fields.requiredString("name");
    String namespace = fields.string("namespace");
    return new RouteRule.Delegate(name, namespace == null ? "" : namespace, rewrite, mirrors);
  }

  private static RouteMatch match(Fields match) {
    String name = match.string("name");
    StringMatch path = CommonFields.valueMatch(match, "uri");
    Boolean ignoreCase = match.bool("ignoreUriCase");
    StringMatch scheme = CommonFields.valueMatch(match, "scheme");
    StringMatch method = CommonFields.valueMatch(match, "method");
    StringMatch authority = CommonFields.valueMatch(match, "authority");
    Map<String, StringMatch> headers = headers(match, "headers");
    Map<String, StringMatch> without = headers(match, "withoutHeaders");
    Map<String, StringMatch> query = match.objectMap("queryParams", CommonFields::stringMatch);
    if (match.string("statPrefix") != null) {
      match.warning(
          "statPrefix",
          "has no effect: it names Envoy's statistics of the route; metrics here have the rule's name");
    }
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
        query,
        CommonFields.port(match, "port"),
        CommonFields.labels(match, "sourceLabels"),
        sourceNamespace == null ? "" : sourceNamespace,
        isMesh(match.strings("gateways")) && !anyClaim(headers) && !anyClaim(without));
  }

  private static Map<String, StringMatch> headers(Fields match, String name) {
    Map<String, StringMatch> headers =
        CommonFields.headerMatches(match, name, header -> header.startsWith(CLAIM));
    if (anyClaim(headers)) {
      match.warning(
          name,
          "the match is not in force: one by a token's claims is for gateways, in Istio too; use"
              + " AuthorizationPolicy's request.auth.claims[NAME]");
    }
    return headers;
  }

  private static boolean anyClaim(Map<String, StringMatch> headers) {
    return headers.keySet().stream().anyMatch(header -> header.startsWith(CLAIM));
  }
}
