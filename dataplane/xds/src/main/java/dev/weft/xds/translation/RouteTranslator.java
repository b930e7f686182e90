package dev.weft.xds.translation;

import com.google.protobuf.Any;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.model.FaultPolicy;
import dev.weft.engine.model.HeaderMatch;
import dev.weft.engine.model.RetryPolicy;
import dev.weft.engine.model.Route;
import dev.weft.engine.model.RouteTable;
import dev.weft.engine.model.StringMatch;
import dev.weft.xds.proto.DirectResponseAction;
import dev.weft.xds.proto.HeaderMatcher;
import dev.weft.xds.proto.HedgePolicy;
import dev.weft.xds.proto.RouteAction;
import dev.weft.xds.proto.RouteConfiguration;
import dev.weft.xds.proto.RouteMatch;
import dev.weft.xds.proto.VirtualHost;
import dev.weft.xds.proto.WeightedCluster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Envoy's config.route.v3.RouteConfiguration to the engine's route table. */
final class RouteTranslator {

  /** RouteAction.timeout's default. */
  private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(15);

  // Unread fields that change nothing for a client, by message.
  private static final int[] TABLE_HARMLESS = {
    3, // internal_only_headers
    7, // validate_clusters
    11, // max_direct_response_body_size_bytes
    14, // ignore_port_in_host_matching
    17 // metadata
  };
  private static final int[] HOST_HARMLESS = {
    5, // virtual_clusters
    18, // per_request_buffer_limit_bytes
    24 // metadata
  };
  private static final int[] ROUTE_HARMLESS = {
    4, // metadata
    5, // decorator
    15, // tracing
    16, // per_request_buffer_limit_bytes
    19 // stat_prefix
  };
  private static final int[] ACTION_HARMLESS = {
    11, // priority
    20, // cluster_not_found_response_code: 503, the default
    24, // idle_timeout
    25 // upgrade_configs
  };

  // Unread fields that change where a request goes or what arrives there.
  private static final int[] ACTION_REFUSED = {
    2, // cluster_header
    4, // metadata_match
    5, // prefix_rewrite
    6, // host_rewrite_literal
    7, // auto_host_rewrite
    29, // host_rewrite_header
    32, // regex_rewrite
    35, // host_rewrite_path_regex
    37, // cluster_specifier_plugin
    39, // inline_cluster_specifier_plugin
    41, // path_rewrite_policy
  };

  private final RouteConfiguration source;
  private final Findings findings;

  private RouteTranslator(RouteConfiguration source, Findings findings) {
    this.source = source;
    this.findings = findings;
  }

  static RouteResource translate(RouteConfiguration source, Findings findings)
      throws ResourceRefused {
    return RouteResource.of(new RouteTranslator(source, findings).table());
  }

  private RouteTable table() throws ResourceRefused {
    if (UnreadFields.of(source).contains(9)) {
      throw findings.refusal("vhds", "virtual hosts on demand are not supported");
    }
    findings.noteUnread(source, "", TABLE_HARMLESS);
    List<RouteTable.VirtualHost> hosts = new ArrayList<>();
    for (int i = 0; i < source.getVirtualHostsCount(); i++) {
      hosts.add(virtualHost(source.getVirtualHosts(i), "virtual_hosts[" + i + "]"));
    }
    return new RouteTable(source.getName(), hosts);
  }

  private RouteTable.VirtualHost virtualHost(VirtualHost host, String at) throws ResourceRefused {
    if (UnreadFields.of(host).contains(21)) {
      throw findings.refusal(at + ".matcher", "not supported");
    }
    findings.noteUnread(host, at, HOST_HARMLESS);
    List<Route> routes = new ArrayList<>();
    for (int i = 0; i < host.getRoutesCount(); i++) {
      routes.add(route(host.getRoutes(i), host, at + ".routes[" + i + "]"));
    }
    return new RouteTable.VirtualHost(host.getName(), host.getDomainsList(), routes);
  }

  private Route route(dev.weft.xds.proto.Route route, VirtualHost host, String at)
      throws ResourceRefused {
    findings.noteUnread(route, at, ROUTE_HARMLESS);
    Route.Match match = match(route.getMatch(), at + ".match");
    Route.Action action =
        switch (route.getActionCase()) {
          case ROUTE -> forward(route.getRoute(), host, at + ".route");
          case DIRECT_RESPONSE -> respond(route.getDirectResponse(), at + ".direct_response");
          case NON_FORWARDING_ACTION ->
              throw findings.refusal(at + ".non_forwarding_action", "a client forwards");
          case ACTION_NOT_SET ->
              throw findings.refusal(at, "no action, or one that is not supported (a redirect?)");
        };
    return new Route(
        route.getName(),
        match,
        action,
        fault(route, host, at),
        new HeaderMutations()
            .level(
                route.getRequestHeadersToRemoveList(),
                route.getRequestHeadersToAddList(),
                at + ".request_headers_to_add",
                findings)
            .level(
                host.getRequestHeadersToRemoveList(),
                host.getRequestHeadersToAddList(),
                "virtual_hosts.request_headers_to_add",
                findings)
            .level(
                source.getRequestHeadersToRemoveList(),
                source.getRequestHeadersToAddList(),
                "request_headers_to_add",
                findings)
            .edits(),
        new HeaderMutations()
            .level(
                route.getResponseHeadersToRemoveList(),
                route.getResponseHeadersToAddList(),
                at + ".response_headers_to_add",
                findings)
            .level(
                host.getResponseHeadersToRemoveList(),
                host.getResponseHeadersToAddList(),
                "virtual_hosts.response_headers_to_add",
                findings)
            .level(
                source.getResponseHeadersToRemoveList(),
                source.getResponseHeadersToAddList(),
                "response_headers_to_add",
                findings)
            .edits());
  }

  private Route.Match match(RouteMatch match, String at) throws ResourceRefused {
    findings.refuseUnread(match, at);
    List<HeaderMatch> headers = new ArrayList<>();
    for (HeaderMatcher header : match.getHeadersList()) {
      headers.addAll(Matchers.header(header, at + ".headers[" + header.getName() + "]", findings));
    }
    return new Route.Match(path(match, at), headers);
  }

  private StringMatch path(RouteMatch match, String at) throws ResourceRefused {
    boolean caseSensitive = !match.hasCaseSensitive() || match.getCaseSensitive().getValue();
    return switch (match.getPathSpecifierCase()) {
      case PREFIX -> new StringMatch.Prefix(match.getPrefix(), !caseSensitive);
      case PATH -> new StringMatch.Exact(match.getPath(), !caseSensitive);
      // case_sensitive "will be ignored for safe_regex matching".
      case SAFE_REGEX ->
          Matchers.regex(match.getSafeRegex().getRegex(), at + ".safe_regex", findings);
      case PATH_SEPARATED_PREFIX ->
          new StringMatch.Regex(
              Pattern.compile(
                  Pattern.quote(match.getPathSeparatedPrefix()) + "(/.*)?",
                  Pattern.DOTALL | (caseSensitive ? 0 : Pattern.CASE_INSENSITIVE)));
      case PATHSPECIFIER_NOT_SET -> throw findings.refusal(at, "no path specifier");
    };
  }

  private Route.Forward forward(RouteAction action, VirtualHost host, String at)
      throws ResourceRefused {
    for (int number : ACTION_REFUSED) {
      if (UnreadFields.of(action).contains(number)) {
        throw findings.refusal(at, "field " + number + " is not supported");
      }
    }
    findings.noteUnread(action, at, ACTION_HARMLESS);
    Duration timeout = action.hasTimeout() ? Values.duration(action.getTimeout()) : DEFAULT_TIMEOUT;
    RetryPolicy retry = null;
    boolean hedged =
        action.hasHedgePolicy()
            ? hedged(action.getHedgePolicy(), at + ".hedge_policy")
            : host.hasHedgePolicy() && hedged(host.getHedgePolicy(), "virtual_hosts.hedge_policy");
    if (action.hasRetryPolicy()) {
      retry = Retries.policy(action.getRetryPolicy(), hedged, at + ".retry_policy", findings);
    } else if (host.hasRetryPolicy()) {
      retry = Retries.policy(host.getRetryPolicy(), hedged, "virtual_hosts.retry_policy", findings);
    }
    return new Route.Forward(destinations(action, at), timeout.isZero() ? null : timeout, retry);
  }

  private boolean hedged(HedgePolicy policy, String at) {
    findings.noteUnread(policy, at);
    return policy.getHedgeOnPerTryTimeout();
  }

  private List<Route.Destination> destinations(RouteAction action, String at)
      throws ResourceRefused {
    return switch (action.getClusterSpecifierCase()) {
      case CLUSTER ->
          List.of(
              new Route.Destination(action.getCluster(), 1, HeaderEdits.NONE, HeaderEdits.NONE));
      case WEIGHTED_CLUSTERS -> weighted(action.getWeightedClusters(), at + ".weighted_clusters");
      case CLUSTERSPECIFIER_NOT_SET -> throw findings.refusal(at, "no cluster specifier");
    };
  }

  private List<Route.Destination> weighted(WeightedCluster weighted, String at)
      throws ResourceRefused {
    List<Route.Destination> destinations = new ArrayList<>();
    long total = 0;
    for (WeightedCluster.ClusterWeight cluster : weighted.getClustersList()) {
      String field = at + ".clusters[" + cluster.getName() + "]";
      findings.refuseUnread(cluster, field);
      int weight = Values.clamped(cluster.getWeight().getValue());
      total += weight;
      destinations.add(
          new Route.Destination(
              cluster.getName(),
              weight,
              new HeaderMutations()
                  .level(
                      cluster.getRequestHeadersToRemoveList(),
                      cluster.getRequestHeadersToAddList(),
                      field + ".request_headers_to_add",
                      findings)
                  .edits(),
              new HeaderMutations()
                  .level(
                      cluster.getResponseHeadersToRemoveList(),
                      cluster.getResponseHeadersToAddList(),
                      field + ".response_headers_to_add",
                      findings)
                  .edits()));
    }
    if (total == 0 || total > Integer.MAX_VALUE) {
      throw findings.refusal(at, "the weights' sum must be above 0 and within 31 bits");
    }
    return destinations;
  }

  private Route.Respond respond(DirectResponseAction response, String at) throws ResourceRefused {
    findings.noteUnread(response, at);
    return new Route.Respond(
        response.getStatus(), List.of(), Values.text(response.getBody(), at + ".body", findings));
  }

  /** The most specific level's typed_per_filter_config wins. */
  private @Nullable FaultPolicy fault(dev.weft.xds.proto.Route route, VirtualHost host, String at)
      throws ResourceRefused {
    Any config = null;
    for (Map<String, Any> level :
        List.of(
            source.getTypedPerFilterConfigMap(),
            host.getTypedPerFilterConfigMap(),
            route.getTypedPerFilterConfigMap())) {
      for (Map.Entry<String, Any> entry : level.entrySet()) {
        if (entry.getKey().equals(Faults.FILTER)) {
          config = entry.getValue();
        } else {
          findings.note(
              at + ".typed_per_filter_config[" + entry.getKey() + "]", "the filter is unknown");
        }
      }
    }
    return config == null
        ? null
        : Faults.policy(config, at + ".typed_per_filter_config[" + Faults.FILTER + "]", findings);
  }
}
