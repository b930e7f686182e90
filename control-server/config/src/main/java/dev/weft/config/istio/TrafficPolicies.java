package dev.weft.config.istio;

import dev.weft.config.model.TrafficPolicy;
import dev.weft.config.model.TrafficPolicy.Balancing;
import dev.weft.config.model.TrafficPolicy.ClientTls;
import dev.weft.config.model.TrafficPolicy.ConnectionPool;
import dev.weft.config.model.TrafficPolicy.OutlierDetection;
import dev.weft.config.model.TrafficPolicy.TlsMode;
import dev.weft.config.source.Fields;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a DestinationRule's {@code trafficPolicy}. */
final class TrafficPolicies {

  private TrafficPolicies() {}

  private enum Simple {
    UNSPECIFIED,
    LEAST_CONN,
    LEAST_REQUEST,
    RANDOM,
    ROUND_ROBIN,
    PASSTHROUGH
  }

  private enum WrittenTlsMode {
    DISABLE,
    SIMPLE,
    MUTUAL,
    ISTIO_MUTUAL
  }

  static TrafficPolicy read(Fields fields) {
    Map<Integer, TrafficPolicy> ports = new LinkedHashMap<>();
    List<TrafficPolicy> unused =
        fields.objects(
            "portLevelSettings",
            settings -> {
              Integer port = settings.object("port", p -> CommonFields.port(p, "number"));
              TrafficPolicy policy = parts(settings, Map.of());
              if (port == null) {
                settings.error("port", "a port number is required");
              } else {
                ports.put(port, policy);
              }
              return policy;
            });
    fields.ignored("proxyProtocol", "tunnel", "retryBudget");
    if (unused.isEmpty() && fields.has("portLevelSettings")) {
      fields.warning("portLevelSettings", "is empty");
    }
    return parts(fields, ports);
  }

  private static TrafficPolicy parts(Fields fields, Map<Integer, TrafficPolicy> ports) {
    return new TrafficPolicy(
        fields.object("loadBalancer", TrafficPolicies::balancing),
        fields.object("connectionPool", TrafficPolicies::connections),
        fields.object("outlierDetection", TrafficPolicies::outliers),
        fields.object("tls", TrafficPolicies::tls),
        ports);
  }

  private static @Nullable Balancing balancing(Fields fields) {
    fields.ignored(
        "consistentHash",
        "localityLbSetting",
        "zoneAwareLbSetting",
        "warmup",
        "warmupDurationSecs",
        "backendUtilization");
    Simple simple = fields.oneOf("simple", Simple.class);
    if (simple == null) {
      return null;
    }
    return switch (simple) {
      case UNSPECIFIED -> null;
      case LEAST_CONN, LEAST_REQUEST -> Balancing.LEAST_REQUEST;
      case RANDOM -> Balancing.RANDOM;
      case ROUND_ROBIN -> Balancing.ROUND_ROBIN;
      case PASSTHROUGH -> {
        fields.warning("simple", "PASSTHROUGH is not supported yet; ignored");
        yield null;
      }
    };
  }

  private static ConnectionPool connections(Fields fields) {
    record Tcp(@Nullable Integer maxConnections, @Nullable Duration connectTimeout) {}
    Tcp tcp =
        fields.object(
            "tcp",
            pool -> {
              pool.ignored("tcpKeepalive", "maxConnectionDuration", "idleTimeout");
              pool.unhonoured("maxConnections");
              return new Tcp(
                  limit(pool, "maxConnections"),
                  CommonFields.positiveDuration(pool, "connectTimeout"));
            });
    ConnectionPool http = fields.object("http", TrafficPolicies::http);
    return new ConnectionPool(
        tcp == null ? null : tcp.maxConnections,
        tcp == null ? null : tcp.connectTimeout,
        http == null ? null : http.maxPendingRequests(),
        http == null ? null : http.maxRequests(),
        http == null ? null : http.maxRequestsPerConnection(),
        http == null ? null : http.maxRetries(),
        http == null ? null : http.idleTimeout());
  }

  private static ConnectionPool http(Fields pool) {
    pool.ignored("h2UpgradePolicy", "useClientProtocol", "maxConcurrentStreams", "http2KeepAlive");
    pool.unhonoured(
        "http1MaxPendingRequests", "maxRequestsPerConnection", "maxRetries", "idleTimeout");
    return new ConnectionPool(
        null,
        null,
        limit(pool, "http1MaxPendingRequests"),
        limit(pool, "http2MaxRequests"),
        limit(pool, "maxRequestsPerConnection"),
        limit(pool, "maxRetries"),
        CommonFields.positiveDuration(pool, "idleTimeout"));
  }

  /** A limit; Istio takes 0 for none. */
  private static @Nullable Integer limit(Fields fields, String name) {
    Integer value = fields.integer(name, 0, Integer.MAX_VALUE);
    return value == null || value == 0 ? null : value;
  }

  private static OutlierDetection outliers(Fields fields) {
    OutlierDetection unset = OutlierDetection.DEFAULT;
    fields.ignored(
        "consecutiveLocalOriginFailures",
        "splitExternalLocalOriginErrors",
        "outlierDetectionHttpErrorCodes");
    fields.unhonoured("consecutiveGatewayErrors", "minHealthPercent");
    Integer legacy = fields.integer("consecutiveErrors", 0, Integer.MAX_VALUE);
    if (legacy != null) {
      fields.warning(
          "consecutiveErrors", "is obsolete and ignored; use consecutive5xxErrors instead");
    }
    Integer consecutive = fields.integer("consecutive5xxErrors", 0, Integer.MAX_VALUE);
    Integer gateway = fields.integer("consecutiveGatewayErrors", 0, Integer.MAX_VALUE);
    Duration interval = CommonFields.positiveDuration(fields, "interval");
    Duration ejection = CommonFields.positiveDuration(fields, "baseEjectionTime");
    Integer maxEjection = fields.integer("maxEjectionPercent", 0, 100);
    Integer minHealth = fields.integer("minHealthPercent", 0, 100);
    return new OutlierDetection(
        consecutive == null ? unset.consecutive5xx() : consecutive,
        gateway == null ? unset.consecutiveGatewayErrors() : gateway,
        interval == null ? unset.interval() : interval,
        ejection == null ? unset.baseEjectionTime() : ejection,
        // 0 is unset to protobuf, and to Istio.
        maxEjection == null || maxEjection == 0 ? unset.maxEjectionPercent() : maxEjection,
        minHealth == null ? unset.minHealthPercent() : minHealth);
  }

  private static @Nullable ClientTls tls(Fields fields) {
    WrittenTlsMode mode = fields.oneOf("mode", WrittenTlsMode.class);
    String sni = fields.string("sni");
    List<String> names = fields.strings("subjectAltNames");
    String[] certificates = {
      "clientCertificate", "privateKey", "caCertificates", "caCrl", "credentialName"
    };
    if (mode == null || mode == WrittenTlsMode.SIMPLE || mode == WrittenTlsMode.MUTUAL) {
      if (mode != null) {
        fields.error("mode", mode + " is not supported yet, and plaintext is no substitute");
      } else if (!fields.has("mode")) {
        return disabled(fields, certificates);
      }
      fields.skip(certificates);
      fields.skip("insecureSkipVerify");
      return null;
    }
    for (String name : certificates) {
      if (fields.has(name)) {
        fields.error(name, "must not be given with mode " + mode);
      }
    }
    fields.skip(certificates);
    if (Boolean.TRUE.equals(fields.bool("insecureSkipVerify"))) {
      fields.error("insecureSkipVerify", "must not be given with mode " + mode);
    }
    return new ClientTls(TlsMode.valueOf(mode.name()), sni == null ? "" : sni, names);
  }

  /** In protobuf an unset mode is the first one. */
  private static ClientTls disabled(Fields fields, String... certificates) {
    fields.warning("mode", "is not set, which means DISABLE: plaintext");
    fields.skip(certificates);
    fields.skip("insecureSkipVerify");
    return new ClientTls(TlsMode.DISABLE, "", List.of());
  }
}
