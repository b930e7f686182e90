package dev.weft.xds.translation;

import com.google.protobuf.Any;
import dev.weft.engine.model.CorsPolicy;
import dev.weft.engine.model.FaultPolicy;
import dev.weft.engine.model.HeaderMatch;
import dev.weft.engine.model.PathRewrite;
import dev.weft.engine.model.QueryMatch;
import dev.weft.engine.model.Route;
import dev.weft.engine.model.RouteTable;
import dev.weft.engine.model.StringMatch;
import dev.weft.xds.proto.DirectResponseAction;
import dev.weft.xds.proto.HeaderMatcher;
import dev.weft.xds.proto.QueryParameterMatcher;
import dev.weft.xds.proto.RedirectAction;
import dev.weft.xds.proto.RouteConfiguration;
import dev.weft.xds.proto.RouteMatch;
import dev.weft.xds.proto.VirtualHost;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Envoy's config.route.v3.RouteConfiguration to the engine's route table. */
final class RouteTranslator {

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
    14, // include_request_attempt_count: always
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
    noteUnknownFilters("", source.getTypedPerFilterConfigMap());
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
    noteUnknownFilters(at, host.getTypedPerFilterConfigMap());
    List<Route> routes = new ArrayList<>();
    for (int i = 0; i < host.getRoutesCount(); i++) {
      routes.add(route(host.getRoutes(i), host, at + ".routes[" + i + "]"));
    }
    return new RouteTable.VirtualHost(host.getName(), host.getDomainsList(), routes);
  }

  private Route route(dev.weft.xds.proto.Route route, VirtualHost host, String at)
      throws ResourceRefused {
    findings.noteUnread(route, at, ROUTE_HARMLESS);
    noteUnknownFilters(at, route.getTypedPerFilterConfigMap());
    Route.Match match = match(route.getMatch(), at + ".match");
    Route.Action action =
        switch (route.getActionCase()) {
          case ROUTE -> Forwards.forward(route.getRoute(), host, at + ".route", findings);
          case REDIRECT -> redirect(route.getRedirect(), at + ".redirect");
          case DIRECT_RESPONSE -> respond(route.getDirectResponse(), at + ".direct_response");
          case NON_FORWARDING_ACTION ->
              throw findings.refusal(at + ".non_forwarding_action", "a client forwards");
          case ACTION_NOT_SET ->
              throw findings.refusal(at, "no action, or one that is not supported");
        };
    return new Route(
        route.getName(),
        match,
        action,
        fault(route, host, at),
        cors(route, host, at),
        HeaderMutations.ofRequest()
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
            .formats(),
        HeaderMutations.ofResponse()
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
            .formats());
  }

  private Route.Match match(RouteMatch match, String at) throws ResourceRefused {
    findings.refuseUnread(match, at);
    List<HeaderMatch> headers = new ArrayList<>();
    for (HeaderMatcher header : match.getHeadersList()) {
      headers.addAll(Matchers.header(header, at + ".headers[" + header.getName() + "]", findings));
    }
    List<QueryMatch> query = new ArrayList<>();
    for (QueryParameterMatcher parameter : match.getQueryParametersList()) {
      query.add(
          Matchers.query(
              parameter, at + ".query_parameters[" + parameter.getName() + "]", findings));
    }
    return new Route.Match(path(match, at), headers, query);
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
          new StringMatch.PathPrefix(match.getPathSeparatedPrefix(), !caseSensitive);
      case PATHSPECIFIER_NOT_SET -> throw findings.refusal(at, "no path specifier");
    };
  }

  private Route.Redirect redirect(RedirectAction redirect, String at) throws ResourceRefused {
    findings.refuseUnread(redirect, at);
    PathRewrite rewrite =
        switch (redirect.getPathRewriteSpecifierCase()) {
          case PREFIX_REWRITE -> new PathRewrite.Matched(redirect.getPrefixRewrite());
          case REGEX_REWRITE ->
              new PathRewrite.Pattern(
                  Re2.replacement(redirect.getRegexRewrite(), at + ".regex_rewrite", findings));
          case PATH_REDIRECT, PATHREWRITESPECIFIER_NOT_SET -> null;
        };
    return new Route.Redirect(
        switch (redirect.getResponseCode()) {
          case MOVED_PERMANENTLY -> 301;
          case FOUND -> 302;
          case SEE_OTHER -> 303;
          case TEMPORARY_REDIRECT -> 307;
          case PERMANENT_REDIRECT -> 308;
          case UNRECOGNIZED -> throw findings.refusal(at + ".response_code", "is unknown");
        },
        redirect.getHttpsRedirect() ? "https" : redirect.getSchemeRedirect(),
        redirect.getHostRedirect(),
        redirect.getPortRedirect(),
        redirect.getPathRedirect(),
        rewrite,
        redirect.getStripQuery());
  }

  private Route.Respond respond(DirectResponseAction response, String at) throws ResourceRefused {
    findings.noteUnread(response, at);
    if (response.getBody().hasInlineBytes() && !response.getBody().getInlineBytes().isValidUtf8()) {
      return new Route.Respond(
          response.getStatus(),
          List.of(),
          response.getBody().getInlineBytes().toString(StandardCharsets.ISO_8859_1),
          StandardCharsets.ISO_8859_1);
    }
    return new Route.Respond(
        response.getStatus(), List.of(), Values.text(response.getBody(), at + ".body", findings));
  }

  /** The most specific level's typed_per_filter_config wins. */
  private @Nullable FaultPolicy fault(dev.weft.xds.proto.Route route, VirtualHost host, String at)
      throws ResourceRefused {
    List<Any> levels = levels(Faults.FILTER, route, host);
    return levels.isEmpty()
        ? null
        : Faults.policy(levels.get(0), field(at, Faults.FILTER), findings);
  }

  private @Nullable CorsPolicy cors(dev.weft.xds.proto.Route route, VirtualHost host, String at)
      throws ResourceRefused {
    return CorsPolicies.policy(
        levels(CorsPolicies.FILTER, route, host), field(at, CorsPolicies.FILTER), findings);
  }

  /** What is configured for a filter, the most specific level first. */
  private List<Any> levels(String filter, dev.weft.xds.proto.Route route, VirtualHost host) {
    return Stream.of(
            route.getTypedPerFilterConfigMap(),
            host.getTypedPerFilterConfigMap(),
            source.getTypedPerFilterConfigMap())
        .map(level -> level.get(filter))
        .filter(Objects::nonNull)
        .toList();
  }

  private static String field(String at, String filter) {
    return at + ".typed_per_filter_config[" + filter + "]";
  }

  private void noteUnknownFilters(String at, Map<String, Any> level) {
    for (String filter : level.keySet()) {
      if (!filter.equals(Faults.FILTER) && !filter.equals(CorsPolicies.FILTER)) {
        findings.note(field(at, filter), "the filter is unknown");
      }
    }
  }
}
