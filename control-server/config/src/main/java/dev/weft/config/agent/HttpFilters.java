package dev.weft.config.agent;

import com.google.protobuf.Any;
import com.google.protobuf.BoolValue;
import com.google.protobuf.Message;
import dev.weft.config.model.CorsPolicy;
import dev.weft.config.model.Fault;
import io.envoyproxy.envoy.config.core.v3.RuntimeFractionalPercent;
import io.envoyproxy.envoy.extensions.filters.common.fault.v3.FaultDelay;
import io.envoyproxy.envoy.extensions.filters.http.cors.v3.Cors;
import io.envoyproxy.envoy.extensions.filters.http.fault.v3.FaultAbort;
import io.envoyproxy.envoy.extensions.filters.http.fault.v3.HTTPFault;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.type.v3.FractionalPercent;

/** The HTTP filters in use, by Envoy's names. */
final class HttpFilters {

  static final String CORS = "envoy.filters.http.cors";
  static final String FAULT = "envoy.filters.http.fault";
  static final String EXT_AUTHZ = "envoy.filters.http.ext_authz";
  static final String JWT = "envoy.filters.http.jwt_authn";
  static final String RBAC = "envoy.filters.http.rbac";

  /** Injects what a route says; of itself nothing. */
  static final HttpFilter FAULT_FILTER = filter(FAULT, HTTPFault.getDefaultInstance());

  /** Answers and marks what a route says; of itself nothing. */
  static final HttpFilter CORS_FILTER = filter(CORS, Cors.getDefaultInstance());

  /** Always the last. */
  static final HttpFilter ROUTER = filter("envoy.filters.http.router", Router.getDefaultInstance());

  private static final int MILLIONTHS_PER_PERCENT = 10_000;

  private HttpFilters() {}

  static HttpFilter rbac(io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBAC config) {
    return filter(RBAC, config);
  }

  static HttpFilter extAuthz(
      io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.ExtAuthz config) {
    return filter(EXT_AUTHZ, config);
  }

  static HttpFilter jwt(JwtAuthentication config) {
    return filter(JWT, config);
  }

  private static HttpFilter filter(String name, Message config) {
    return HttpFilter.newBuilder().setName(name).setTypedConfig(Any.pack(config)).build();
  }

  static io.envoyproxy.envoy.extensions.filters.http.cors.v3.CorsPolicy cors(CorsPolicy cors) {
    var policy =
        io.envoyproxy.envoy.extensions.filters.http.cors.v3.CorsPolicy.newBuilder()
            .setFilterEnabled(
                RuntimeFractionalPercent.newBuilder()
                    .setDefaultValue(FractionalPercent.newBuilder().setNumerator(100)))
            .setForwardNotMatchingPreflights(BoolValue.of(cors.forwardUnmatchedPreflights()))
            .setAllowMethods(String.join(",", cors.allowMethods()))
            .setAllowHeaders(String.join(",", cors.allowHeaders()))
            .setExposeHeaders(String.join(",", cors.exposeHeaders()));
    cors.allowOrigins()
        .forEach(origin -> policy.addAllowOriginStringMatch(Protos.stringMatcher(origin)));
    if (cors.maxAge() != null) {
      policy.setMaxAge(Long.toString(cors.maxAge().toSeconds()));
    }
    if (cors.allowCredentials() != null) {
      policy.setAllowCredentials(BoolValue.of(cors.allowCredentials()));
    }
    return policy.build();
  }

  static HTTPFault fault(Fault fault) {
    HTTPFault.Builder envoy = HTTPFault.newBuilder();
    Fault.Delay delay = fault.delay();
    if (delay != null) {
      envoy.setDelay(
          FaultDelay.newBuilder()
              .setFixedDelay(Protos.duration(delay.duration()))
              .setPercentage(percent(delay.percent())));
    }
    Fault.Abort abort = fault.abort();
    if (abort != null) {
      FaultAbort.Builder envoyAbort =
          FaultAbort.newBuilder().setPercentage(percent(abort.percent()));
      if (abort.grpc()) {
        envoyAbort.setGrpcStatus(abort.status());
      } else {
        envoyAbort.setHttpStatus(abort.status());
      }
      envoy.setAbort(envoyAbort);
    }
    return envoy.build();
  }

  static FractionalPercent percent(double percent) {
    return FractionalPercent.newBuilder()
        .setNumerator((int) Math.round(percent * MILLIONTHS_PER_PERCENT))
        .setDenominator(FractionalPercent.DenominatorType.MILLION)
        .build();
  }
}
