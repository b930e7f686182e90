package dev.weft.xds.translation;

import com.google.protobuf.Any;
import dev.weft.engine.model.HeaderMatch;
import dev.weft.engine.model.QueryMatch;
import dev.weft.engine.model.RateLimitRule;
import dev.weft.xds.proto.Descriptor;
import dev.weft.xds.proto.HeaderMatcher;
import dev.weft.xds.proto.QueryParameterMatcher;
import dev.weft.xds.proto.RateLimit;
import dev.weft.xds.proto.RouteAction;
import dev.weft.xds.proto.VirtualHost;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Envoy's config.route.v3.RateLimit: how requests come to descriptors. A rule that is not
 * understood is left out: a limit that counts too little harms less than one that counts what it
 * shouldn't.
 */
final class RateLimitRules {

  private static final String EXPRESSION =
      "envoy.extensions.rate_limit_descriptors.expr.v3.Descriptor";

  /** The one expression that is understood. */
  private static final String PEER_IDENTITY = "connection.uri_san_peer_certificate";

  private final Findings findings;

  RateLimitRules(Findings findings) {
    this.findings = findings;
  }

  /** Those of a route's requests: its own, and its host's where it has none or includes them. */
  List<RateLimitRule> of(RouteAction action, VirtualHost host, String at) {
    List<RateLimitRule> rules = new ArrayList<>(of(action.getRateLimitsList(), at));
    if (rules.isEmpty() || action.getIncludeVhRateLimits().getValue()) {
      rules.addAll(of(host.getRateLimitsList(), "virtual_hosts[" + host.getName() + "]"));
    }
    return rules;
  }

  List<RateLimitRule> of(List<RateLimit> limits, String at) {
    List<RateLimitRule> rules = new ArrayList<>();
    for (int i = 0; i < limits.size(); i++) {
      String field = at + ".rate_limits[" + i + "]";
      try {
        rules.add(rule(limits.get(i), field));
      } catch (ResourceRefused e) {
        findings.note(field, "left out: " + e.getMessage());
      }
    }
    return rules;
  }

  private RateLimitRule rule(RateLimit limit, String at) throws ResourceRefused {
    findings.refuseUnread(limit, at, 2); // disable_key: there is no runtime
    List<RateLimitRule.Action> actions = new ArrayList<>();
    for (int i = 0; i < limit.getActionsCount(); i++) {
      actions.add(action(limit.getActions(i), at + ".actions[" + i + "]"));
    }
    return new RateLimitRule(limit.getStage().getValue(), actions);
  }

  private RateLimitRule.Action action(RateLimit.Action action, String at) throws ResourceRefused {
    return switch (action.getActionSpecifierCase()) {
      case DESTINATION_CLUSTER -> new RateLimitRule.DestinationCluster();
      case REMOTE_ADDRESS -> new RateLimitRule.RemoteAddress();
      case REQUEST_HEADERS -> {
        RateLimit.Action.RequestHeaders header = action.getRequestHeaders();
        yield new RateLimitRule.HeaderValue(
            header.getHeaderName().toLowerCase(Locale.ROOT),
            header.getDescriptorKey(),
            header.getSkipIfAbsent());
      }
      case QUERY_PARAMETERS -> {
        RateLimit.Action.QueryParameters query = action.getQueryParameters();
        yield new RateLimitRule.QueryValue(
            query.getQueryParameterName(), query.getDescriptorKey(), query.getSkipIfAbsent());
      }
      case GENERIC_KEY ->
          new RateLimitRule.Constant(
              key(action.getGenericKey().getDescriptorKey(), "generic_key"),
              action.getGenericKey().getDescriptorValue());
      case HEADER_VALUE_MATCH -> headers(action.getHeaderValueMatch(), at + ".header_value_match");
      case QUERY_PARAMETER_VALUE_MATCH ->
          query(action.getQueryParameterValueMatch(), at + ".query_parameter_value_match");
      case EXTENSION -> expression(action.getExtension().getTypedConfig(), at + ".extension");
      case ACTIONSPECIFIER_NOT_SET -> throw findings.refusal(at, "not supported");
    };
  }

  private RateLimitRule.Action headers(RateLimit.Action.HeaderValueMatch match, String at)
      throws ResourceRefused {
    findings.refuseUnread(match, at);
    List<HeaderMatch> headers = new ArrayList<>();
    for (HeaderMatcher header : match.getHeadersList()) {
      headers.addAll(Matchers.header(header, at + ".headers[" + header.getName() + "]", findings));
    }
    return new RateLimitRule.HeadersMatch(
        key(match.getDescriptorKey(), "header_match"),
        match.getDescriptorValue(),
        !match.hasExpectMatch() || match.getExpectMatch().getValue(),
        headers);
  }

  private RateLimitRule.Action query(RateLimit.Action.QueryParameterValueMatch match, String at)
      throws ResourceRefused {
    findings.refuseUnread(match, at);
    List<QueryMatch> parameters = new ArrayList<>();
    for (QueryParameterMatcher parameter : match.getQueryParametersList()) {
      parameters.add(
          Matchers.query(
              parameter, at + ".query_parameters[" + parameter.getName() + "]", findings));
    }
    return new RateLimitRule.QueryMatches(
        key(match.getDescriptorKey(), "query_match"),
        match.getDescriptorValue(),
        !match.hasExpectMatch() || match.getExpectMatch().getValue(),
        parameters);
  }

  private RateLimitRule.Action expression(Any config, String at) throws ResourceRefused {
    if (Values.typeName(config).equals(EXPRESSION)) {
      Descriptor descriptor = Values.unpack(config, Descriptor.parser(), at, findings);
      if (descriptor.getText().equals(PEER_IDENTITY) && !descriptor.getSkipIfError()) {
        return new RateLimitRule.PeerIdentity(descriptor.getDescriptorKey());
      }
    }
    throw findings.refusal(at, "an expression other than " + PEER_IDENTITY + " is not supported");
  }

  private static String key(String given, String unset) {
    return given.isEmpty() ? unset : given;
  }
}
