package dev.weft.config.agent;

import com.google.protobuf.UInt32Value;
import dev.weft.config.model.ServicePolicy.GrpcProbe;
import dev.weft.config.model.ServicePolicy.HttpProbe;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.HealthCheck;
import io.envoyproxy.envoy.config.core.v3.HealthCheck.GrpcHealthCheck;
import io.envoyproxy.envoy.config.core.v3.HealthCheck.HttpHealthCheck;
import io.envoyproxy.envoy.config.core.v3.HealthCheck.TcpHealthCheck;
import io.envoyproxy.envoy.config.core.v3.RequestMethod;
import io.envoyproxy.envoy.type.v3.Int64Range;

/** A ServicePolicy's {@code healthCheck} as a Cluster's; its port is the endpoints' to tell. */
final class HealthChecks {

  private HealthChecks() {}

  /**
   * @param host that checks are made to, unless they name one; Envoy's own choice is the cluster's
   *     name
   */
  static HealthCheck check(
      dev.weft.config.model.ServicePolicy.HealthCheck healthCheck, String host) {
    HealthCheck.Builder check =
        HealthCheck.newBuilder()
            .setInterval(Protos.duration(healthCheck.interval()))
            .setTimeout(Protos.duration(healthCheck.timeout()))
            .setUnhealthyThreshold(UInt32Value.of(healthCheck.unhealthyThreshold()))
            .setHealthyThreshold(UInt32Value.of(healthCheck.healthyThreshold()));
    if (healthCheck.probe() instanceof HttpProbe http) {
      check.setHttpHealthCheck(http(http, host));
    } else if (healthCheck.probe() instanceof GrpcProbe grpc) {
      check.setGrpcHealthCheck(
          GrpcHealthCheck.newBuilder().setServiceName(grpc.service()).setAuthority(host));
    } else {
      check.setTcpHealthCheck(TcpHealthCheck.getDefaultInstance());
    }
    return check.build();
  }

  private static HttpHealthCheck http(HttpProbe probe, String host) {
    HttpHealthCheck.Builder http =
        HttpHealthCheck.newBuilder()
            .setPath(probe.path())
            .setHost(probe.host().isEmpty() ? host : probe.host())
            .setMethod(RequestMethod.valueOf(probe.method()));
    probe
        .headers()
        .forEach(
            (name, value) ->
                http.addRequestHeadersToAdd(
                    HeaderValueOption.newBuilder()
                        .setHeader(HeaderValue.newBuilder().setKey(name).setValue(value))
                        .setAppendAction(
                            HeaderValueOption.HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD)));
    probe
        .expectedStatuses()
        .forEach(
            statuses ->
                http.addExpectedStatuses(
                    Int64Range.newBuilder().setStart(statuses.from()).setEnd(statuses.to() + 1L)));
    return http.build();
  }
}
