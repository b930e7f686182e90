package dev.weft.config.istio;

import dev.weft.config.model.LoadBalancer;
import dev.weft.config.model.TrafficPolicy;
import dev.weft.config.model.TrafficPolicy.OutlierDetection;
import dev.weft.config.model.TrafficPolicy.ProxyProtocol;
import dev.weft.config.model.TrafficPolicy.RetryBudget;
import dev.weft.config.source.Fields;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a DestinationRule's {@code trafficPolicy}. */
final class TrafficPolicies {

  private TrafficPolicies() {}

  static TrafficPolicy read(Fields fields) {
    Map<Integer, TrafficPolicy> ports = new LinkedHashMap<>();
    List<TrafficPolicy> unused =
        fields.objects(
            "portLevelSettings",
            settings -> {
              Integer port = settings.object("port", p -> CommonFields.port(p, "number"));
              TrafficPolicy policy = parts(settings, null, null, Map.of());
              if (port == null) {
                settings.error("port", "a port number is required");
              } else {
                ports.put(port, policy);
              }
              return policy;
            });
    withoutEffect(fields);
    RetryBudget budget = fields.object("retryBudget", TrafficPolicies::retryBudget);
    if (unused.isEmpty() && fields.has("portLevelSettings")) {
      fields.warning("portLevelSettings", "is empty");
    }
    return parts(fields, budget, proxyProtocol(fields), ports);
  }

  private static @Nullable ProxyProtocol proxyProtocol(Fields fields) {
    if (!fields.has("proxyProtocol")) {
      return null;
    }
    fields.warning(
        "proxyProtocol",
        "is in force for HttpURLConnection and Weft's own requests (health checks, mirrored"
            + " copies) only: java.net.http opens its sockets itself and sends nothing ahead of TLS"
            + " or of a request, so a server that insists on it refuses those calls");
    return fields.object(
        "proxyProtocol",
        settings -> {
          ProxyProtocol version = settings.oneOf("version", ProxyProtocol.class);
          return version == null ? ProxyProtocol.V1 : version;
        });
  }

  private static void withoutEffect(Fields fields) {
    fields.skip("tunnel");
    if (fields.has("tunnel")) {
      fields.warning(
          "tunnel",
          "has no effect in the agent: it is for TCP and TLS routes, in Istio too, and calls over"
              + " java.net.http and HttpURLConnection are HTTP; to tunnel those give the application's"
              + " client the proxy");
    }
  }

  private static TrafficPolicy parts(
      Fields fields,
      @Nullable RetryBudget budget,
      @Nullable ProxyProtocol proxyProtocol,
      Map<Integer, TrafficPolicy> ports) {
    LoadBalancer balancer = fields.object("loadBalancer", LoadBalancers::read);
    OutlierDetection outliers = fields.object("outlierDetection", TrafficPolicies::outliers);
    LocalitySettings.check(fields, balancer == null ? null : balancer.locality(), outliers != null);
    return new TrafficPolicy(
        balancer,
        fields.object("connectionPool", ConnectionPools::read),
        outliers,
        fields.object("tls", ClientTlsSettings::read),
        budget,
        proxyProtocol,
        ports);
  }

  /** Istio's defaults are those of its documentation. */
  private static RetryBudget retryBudget(Fields fields) {
    Duration interval = fields.duration("budgetInterval");
    Double percent = fields.number("percent", 0, 100);
    Integer minimum = fields.integer("minRetryConcurrency", 0, Integer.MAX_VALUE);
    return new RetryBudget(
        percent == null ? 20 : percent,
        minimum == null || minimum == 0 ? 3 : minimum,
        interval == null ? Duration.ZERO : interval);
  }

  private static OutlierDetection outliers(Fields fields) {
    OutlierDetection unset = OutlierDetection.DEFAULT;
    Integer legacy = fields.integer("consecutiveErrors", 0, Integer.MAX_VALUE);
    if (legacy != null) {
      fields.warning(
          "consecutiveErrors", "is obsolete and ignored; use consecutive5xxErrors instead");
    }
    Integer consecutive = fields.integer("consecutive5xxErrors", 0, Integer.MAX_VALUE);
    Integer gateway = fields.integer("consecutiveGatewayErrors", 0, Integer.MAX_VALUE);
    Boolean split = fields.bool("splitExternalLocalOriginErrors");
    Integer local = fields.integer("consecutiveLocalOriginFailures", 0, Integer.MAX_VALUE);
    if (local != null && !Boolean.TRUE.equals(split)) {
      fields.warning(
          "consecutiveLocalOriginFailures", "has no effect without splitExternalLocalOriginErrors");
    }
    Duration interval = CommonFields.positiveDuration(fields, "interval");
    Duration ejection = CommonFields.positiveDuration(fields, "baseEjectionTime");
    Integer maxEjection = fields.integer("maxEjectionPercent", 0, 100);
    Integer minHealth = fields.integer("minHealthPercent", 0, 100);
    return new OutlierDetection(
        consecutive == null ? unset.consecutive5xx() : consecutive,
        gateway == null ? unset.consecutiveGatewayErrors() : gateway,
        Boolean.TRUE.equals(split),
        local == null ? unset.consecutiveLocalOriginFailures() : local,
        interval == null ? unset.interval() : interval,
        ejection == null ? unset.baseEjectionTime() : ejection,
        // 0 is unset to protobuf, and to Istio.
        maxEjection == null || maxEjection == 0 ? unset.maxEjectionPercent() : maxEjection,
        minHealth == null ? unset.minHealthPercent() : minHealth,
        fields.integers("outlierDetectionHttpErrorCodes", 100, 599));
  }
}
