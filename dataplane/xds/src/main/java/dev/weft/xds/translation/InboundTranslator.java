package dev.weft.xds.translation;

import com.google.protobuf.Any;
import dev.weft.engine.inbound.MutualTlsMode;
import dev.weft.engine.model.ClientAddress;
import dev.weft.engine.model.Condition;
import dev.weft.engine.model.InboundFilter;
import dev.weft.engine.model.InboundListener;
import dev.weft.engine.model.MaxRequests;
import dev.weft.engine.model.PathNormalization;
import dev.weft.engine.model.RateLimit;
import dev.weft.engine.model.RequestLimit;
import dev.weft.xds.proto.CertificateValidationContext;
import dev.weft.xds.proto.DownstreamTlsContext;
import dev.weft.xds.proto.Filter;
import dev.weft.xds.proto.FilterChain;
import dev.weft.xds.proto.HttpConnectionManager;
import dev.weft.xds.proto.HttpFilter;
import dev.weft.xds.proto.HttpRbacFilter;
import dev.weft.xds.proto.Listener;
import dev.weft.xds.proto.RouteConfiguration;
import dev.weft.xds.proto.StringMatcher;
import dev.weft.xds.proto.SubjectAltNameMatcher;
import dev.weft.xds.proto.TransportSocket;
import dev.weft.xds.proto.VirtualHost;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A server's listener: what its filter chains accept, and its RBAC filters. It fails closed: what
 * is not understood becomes a denial whose condition is unknown, and so refuses every request,
 * where a NACK would leave the port as open as it was before.
 */
final class InboundTranslator {

  private static final String DOWNSTREAM_TLS =
      "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext";
  private static final String RAW_BUFFER =
      "envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer";
  private static final String RBAC = "envoy.extensions.filters.http.rbac.v3.RBAC";

  private static final Pattern TRUST_DOMAIN = Pattern.compile("spiffe://([^/]+)/");

  /** Of a filter chain's match: the listener has one port. */
  private static final int DESTINATION_PORT = 8;

  /** Filters that take part in no decision about access. */
  private static final Set<String> NO_GUARDS =
      Set.of(
          "envoy.extensions.filters.http.cors.v3.Cors",
          "envoy.extensions.filters.http.fault.v3.HTTPFault",
          "envoy.extensions.filters.http.grpc_stats.v3.FilterConfig",
          "io.istio.http.peer_metadata.Config");

  private final Findings findings;
  private final Set<String> trustDomains = new LinkedHashSet<>();
  private final List<InboundFilter> filters = new ArrayList<>();

  private InboundTranslator(Findings findings) {
    this.findings = findings;
  }

  static InboundListener translate(Listener listener, Findings findings) throws ResourceRefused {
    int port = listener.getAddress().getSocketAddress().getPortValue();
    if (port <= 0 || port > 65535) {
      throw findings.refusal("address", "a server's listener needs a port");
    }
    return new InboundTranslator(findings).listener(port, listener);
  }

  private InboundListener listener(int port, Listener listener) {
    List<FilterChain> chains = new ArrayList<>(listener.getFilterChainsList());
    if (listener.hasDefaultFilterChain()) {
      chains.add(listener.getDefaultFilterChain());
    }
    if (chains.isEmpty()) {
      notUnderstood("filter_chains", "there is none");
    }
    boolean meshTls = false;
    boolean plaintext = false;
    HttpConnectionManager first = null;
    for (int i = 0; i < chains.size(); i++) {
      String at = "filter_chains[" + i + "]";
      if (plaintext(chains.get(i).getTransportSocket())) {
        plaintext = true;
      } else {
        meshTls = true;
        requireMutualTls(chains.get(i).getTransportSocket(), at + ".transport_socket");
      }
      for (int number : UnreadFields.of(chains.get(i).getFilterChainMatch(), DESTINATION_PORT)) {
        notUnderstood(at + ".filter_chain_match", "field " + number);
      }
      HttpConnectionManager manager = connectionManager(chains.get(i), at);
      if (first == null) {
        first = manager;
        filters(manager, at);
      } else if (!manager.getHttpFiltersList().equals(first.getHttpFiltersList())
          || !paths(manager).equals(paths(first))
          || !clientAddress(manager).equals(clientAddress(first))) {
        notUnderstood(at, "filter chains of one port with different HTTP filters");
      }
    }
    int maxRequests = OwnMetadata.maxRequests(listener);
    if (maxRequests > 0) {
      filters.add(new MaxRequests("max_requests", maxRequests));
    }
    MutualTlsMode mode =
        !meshTls
            ? MutualTlsMode.DISABLE
            : plaintext ? MutualTlsMode.PERMISSIVE : MutualTlsMode.STRICT;
    return first == null
        ? new InboundListener(port, mode, filters)
        : new InboundListener(
            port, mode, List.copyOf(trustDomains), paths(first), clientAddress(first), filters);
  }

  private PathNormalization paths(HttpConnectionManager manager) {
    boolean unescape =
        switch (manager.getPathWithEscapedSlashesAction()) {
          case IMPLEMENTATION_SPECIFIC_DEFAULT, KEEP_UNCHANGED -> false;
          case UNESCAPE_AND_FORWARD -> true;
          case REJECT_REQUEST, UNESCAPE_AND_REDIRECT, UNRECOGNIZED -> {
            notUnderstood(
                "path_with_escaped_slashes_action",
                manager.getPathWithEscapedSlashesAction().name());
            yield true;
          }
        };
    // Without a word on it paths are normalized, as Istio has it.
    boolean dotSegments = !manager.hasNormalizePath() || manager.getNormalizePath().getValue();
    return new PathNormalization(dotSegments, manager.getMergeSlashes(), unescape);
  }

  private static ClientAddress clientAddress(HttpConnectionManager manager) {
    return new ClientAddress(
        manager.getUseRemoteAddress().getValue(), Values.clamped(manager.getXffNumTrustedHops()));
  }

  private static boolean plaintext(TransportSocket socket) {
    return socket.equals(TransportSocket.getDefaultInstance())
        || Values.typeName(socket.getTypedConfig()).equals(RAW_BUFFER);
  }

  private void requireMutualTls(TransportSocket socket, String at) {
    try {
      if (!Values.typeName(socket.getTypedConfig()).equals(DOWNSTREAM_TLS)) {
        notUnderstood(at, Values.typeName(socket.getTypedConfig()));
        return;
      }
      DownstreamTlsContext context =
          Values.unpack(socket.getTypedConfig(), DownstreamTlsContext.parser(), at, findings);
      if (!context.getRequireClientCertificate().getValue()) {
        notUnderstood(at + ".require_client_certificate", "TLS without it is the application's");
      }
      trust(PeerIdentity.validation(context.getCommonTlsContext()), at);
    } catch (ResourceRefused e) {
      notUnderstood(at, "can't be decoded");
    }
  }

  /** Who may connect: all identities of some trust domains. */
  private void trust(CertificateValidationContext validation, String at) {
    List<StringMatcher> names = new ArrayList<>(validation.getMatchSubjectAltNamesList());
    for (SubjectAltNameMatcher name : validation.getMatchTypedSubjectAltNamesList()) {
      if (name.getSanType() == SubjectAltNameMatcher.SanType.URI) {
        names.add(name.getMatcher());
      } else {
        notUnderstood(at + ".match_typed_subject_alt_names", "names of another kind than URI");
      }
    }
    for (StringMatcher name : names) {
      Matcher trustDomain = TRUST_DOMAIN.matcher(name.getPrefix());
      if (trustDomain.matches() && !name.getIgnoreCase()) {
        trustDomains.add(trustDomain.group(1));
      } else {
        notUnderstood(at + ".subject_alt_names", "anything but a prefix spiffe://DOMAIN/");
      }
    }
  }

  private HttpConnectionManager connectionManager(FilterChain chain, String at) {
    HttpConnectionManager manager = HttpConnectionManager.getDefaultInstance();
    for (Filter filter : chain.getFiltersList()) {
      String field = at + ".filters[" + filter.getName() + "]";
      if (!Values.typeName(filter.getTypedConfig()).equals(ListenerTranslator.CONNECTION_MANAGER)) {
        notUnderstood(field, "a network filter");
        continue;
      }
      try {
        manager =
            Values.unpack(filter.getTypedConfig(), HttpConnectionManager.parser(), field, findings);
      } catch (ResourceRefused e) {
        notUnderstood(field, "can't be decoded");
      }
    }
    return manager;
  }

  private void filters(HttpConnectionManager manager, String at) {
    for (HttpFilter filter : manager.getHttpFiltersList()) {
      String field = at + ".http_filters[" + filter.getName() + "]";
      String type = Values.typeName(filter.getTypedConfig());
      if (filter.getDisabled()
          || type.equals(ListenerTranslator.ROUTER)
          || type.equals("stats.PluginConfig")) {
        continue;
      }
      if (RequestLimits.concerns(filter.getTypedConfig())) {
        new RequestLimits(findings)
            .limit(filter, field)
            .map(limit -> ruled(limit, manager, at))
            .ifPresent(filters::add);
      } else if (type.equals(RBAC)) {
        rbac(filter, field);
      } else if (type.equals(JwtTranslator.FILTER)) {
        read(field, () -> new JwtTranslator(findings).filter(filter.getTypedConfig(), field));
      } else if (type.equals(ExtAuthzTranslator.FILTER)) {
        read(field, () -> new ExtAuthzTranslator(findings).filter(filter.getTypedConfig(), field));
      } else if (filter.getIsOptional() || NO_GUARDS.contains(type)) {
        findings.note(field, type + " has no effect");
      } else {
        notUnderstood(field, "filter " + type);
      }
    }
    if (manager.hasRds()) {
      notUnderstood(at + ".rds", "routes may override the filters");
    }
    overrides(manager.getRouteConfig(), at + ".route_config");
  }

  /** All requests have one route, which says of which descriptors they are. */
  private RequestLimit ruled(RequestLimit limit, HttpConnectionManager manager, String at) {
    if (!(limit instanceof RateLimit rate) || rate.rules() != null) {
      return limit;
    }
    RouteConfiguration routes = manager.getRouteConfig();
    String field = at + ".route_config";
    boolean one =
        routes.getVirtualHostsCount() == 1 && routes.getVirtualHosts(0).getRoutesCount() == 1;
    if (!one) {
      findings.note(field, "rate limits of several routes have no effect: there must be one");
      return rate.with(List.of());
    }
    VirtualHost host = routes.getVirtualHosts(0);
    return rate.with(
        new RateLimitRules(findings)
            .of(host.getRoutes(0).getRoute(), host, field).stream()
                .filter(rule -> rule.stage() == rate.stage())
                .toList());
  }

  /** What may turn out not to be understood. */
  @FunctionalInterface
  private interface Reading {
    InboundFilter read() throws ResourceRefused;
  }

  private void read(String field, Reading reading) {
    try {
      filters.add(reading.read());
    } catch (ResourceRefused e) {
      notUnderstood(field, String.valueOf(e.getMessage()));
    }
  }

  private void rbac(HttpFilter filter, String field) {
    HttpRbacFilter.RBAC config;
    try {
      config =
          Values.unpack(filter.getTypedConfig(), HttpRbacFilter.RBAC.parser(), field, findings);
    } catch (ResourceRefused e) {
      notUnderstood(field, "can't be decoded");
      return;
    }
    for (int number : UnreadFields.of(config)) {
      switch (number) {
        case 5 -> findings.note(field, "a shadow matcher has no effect");
        case 6, 7 -> {} // names of statistics
        default -> notUnderstood(field, "field " + number);
      }
    }
    RbacTranslator translator = new RbacTranslator(findings);
    InboundFilter.Rules rules =
        config.hasRules() ? translator.rules(config.getRules(), field + ".rules") : null;
    InboundFilter.Rules shadow =
        config.hasShadowRules()
            ? translator.rules(config.getShadowRules(), field + ".shadow_rules")
            : null;
    if (rules != null || shadow != null) {
      filters.add(new InboundFilter.Rbac(rules, shadow, config.getShadowRulesStatPrefix()));
    }
  }

  private void overrides(RouteConfiguration routes, String at) {
    List<Map<String, Any>> levels = new ArrayList<>();
    levels.add(routes.getTypedPerFilterConfigMap());
    for (VirtualHost host : routes.getVirtualHostsList()) {
      levels.add(host.getTypedPerFilterConfigMap());
      host.getRoutesList().forEach(route -> levels.add(route.getTypedPerFilterConfigMap()));
    }
    String field = at + ".typed_per_filter_config";
    for (Map<String, Any> level : levels) {
      if (!level.values().stream().allMatch(RequestLimits::concerns)) {
        notUnderstood(field, "routes that override the filters");
        return;
      } else if (!level.isEmpty()) {
        findings.note(field, "limits of routes have no effect");
      }
    }
  }

  private void notUnderstood(String field, String what) {
    findings.note(field, "not understood (" + what + "): every request is refused");
    Condition unknown = new Condition.Unknown(field + ": " + what);
    filters.add(
        InboundFilter.Rbac.enforcing(
            InboundFilter.Action.DENY, List.of(new InboundFilter.Policy(field, unknown))));
  }
}
