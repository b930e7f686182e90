package dev.weft.config.agent;

import com.google.protobuf.Any;
import com.google.protobuf.BoolValue;
import dev.weft.config.model.RateLimit;
import dev.weft.config.model.RateLimit.Constant;
import dev.weft.config.model.RateLimit.HeaderCondition;
import dev.weft.config.model.RateLimit.HeaderValue;
import dev.weft.config.model.RateLimit.HeadersMatch;
import dev.weft.config.model.RateLimit.PeerIdentity;
import dev.weft.config.model.RateLimit.QueryValue;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.config.route.v3.RateLimit.Action;
import io.envoyproxy.envoy.extensions.rate_limit_descriptors.expr.v3.Descriptor;

/** How requests come to descriptors, by Envoy's actions. */
final class LimitRules {

  private LimitRules() {}

  static io.envoyproxy.envoy.config.route.v3.RateLimit.Builder rule(RateLimit.Rule rule) {
    var envoys = io.envoyproxy.envoy.config.route.v3.RateLimit.newBuilder();
    rule.actions().forEach(action -> envoys.addActions(action(action)));
    return envoys;
  }

  private static Action action(RateLimit.Action action) {
    Action.Builder envoys = Action.newBuilder();
    if (action instanceof HeaderValue header) {
      envoys
          .getRequestHeadersBuilder()
          .setHeaderName(header.name())
          .setDescriptorKey(header.key())
          .setSkipIfAbsent(header.skipIfAbsent());
    } else if (action instanceof QueryValue query) {
      envoys
          .getQueryParametersBuilder()
          .setQueryParameterName(query.name())
          .setDescriptorKey(query.key())
          .setSkipIfAbsent(query.skipIfAbsent());
    } else if (action instanceof Constant constant) {
      envoys
          .getGenericKeyBuilder()
          .setDescriptorKey(constant.key())
          .setDescriptorValue(constant.value());
    } else if (action instanceof HeadersMatch match) {
      envoys
          .getHeaderValueMatchBuilder()
          .setDescriptorKey(match.key())
          .setDescriptorValue(match.value())
          .setExpectMatch(BoolValue.of(match.expected()));
      for (HeaderCondition header : match.headers()) {
        envoys.getHeaderValueMatchBuilder().addHeaders(header(header));
      }
    } else if (action instanceof PeerIdentity peer) {
      envoys.setExtension(
          TypedExtensionConfig.newBuilder()
              .setName("envoy.rate_limit_descriptors.expr")
              .setTypedConfig(
                  Any.pack(
                      Descriptor.newBuilder()
                          .setDescriptorKey(peer.key())
                          .setText("connection.uri_san_peer_certificate")
                          .build())));
    } else {
      envoys.getRemoteAddressBuilder();
    }
    return envoys.build();
  }

  private static HeaderMatcher header(HeaderCondition condition) {
    return RouteMatches.header(condition.name(), condition.match()).toBuilder()
        .setInvertMatch(condition.invert())
        .build();
  }
}
