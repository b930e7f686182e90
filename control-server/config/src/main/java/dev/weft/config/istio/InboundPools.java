package dev.weft.config.istio;

import dev.weft.config.source.Fields;
import org.jspecify.annotations.Nullable;

/**
 * Reads the {@code connectionPool} of a proxy for the application behind it. There is none between
 * an agent and its application, but as many requests are served at once as one would let through.
 */
final class InboundPools {

  private static final String APPLICATIONS =
      "has no effect in the agent: connections are the application's own server's; set it at"
          + " the server";

  private InboundPools() {}

  /** How many requests are served at once; null: any number. */
  static @Nullable Integer maxRequests(Fields pool) {
    Integer connections = pool.object("tcp", InboundPools::connections);
    Http http = pool.object("http", InboundPools::http);
    Integer pending = http == null ? null : http.pending;
    Integer requests = http == null ? null : http.requests;
    if (connections != null && pending != null) {
      pool.warning(
          "tcp.maxConnections",
          "is in force together with http1MaxPendingRequests: as many requests are served at once as"
              + " both allow, and none waits");
      int both = (int) Math.min(Integer.MAX_VALUE, (long) connections + pending);
      return requests == null ? both : Integer.valueOf(Math.min(both, requests));
    } else if (connections != null) {
      pool.warning(
          "tcp.maxConnections",
          "has no effect in the agent without http1MaxPendingRequests; give both, or"
              + " http2MaxRequests");
    } else if (pending != null) {
      pool.warning(
          "http.http1MaxPendingRequests",
          "has no effect in the agent without maxConnections; give both, or http2MaxRequests");
    }
    return requests;
  }

  private static @Nullable Integer connections(Fields tcp) {
    withoutEffect(tcp, "connectTimeout", "tcpKeepalive", "maxConnectionDuration", "idleTimeout");
    return limit(tcp, "maxConnections");
  }

  private record Http(@Nullable Integer pending, @Nullable Integer requests) {}

  private static Http http(Fields http) {
    withoutEffect(
        http,
        "maxRequestsPerConnection",
        "maxRetries",
        "idleTimeout",
        "h2UpgradePolicy",
        "useClientProtocol",
        "maxConcurrentStreams",
        "http2KeepAlive");
    return new Http(limit(http, "http1MaxPendingRequests"), limit(http, "http2MaxRequests"));
  }

  private static void withoutEffect(Fields fields, String... names) {
    fields.skip(names);
    for (String name : names) {
      if (fields.has(name)) {
        fields.warning(name, APPLICATIONS);
      }
    }
  }

  /** A limit; Istio takes 0 for none. */
  private static @Nullable Integer limit(Fields fields, String name) {
    Integer value = fields.integer(name, 0, Integer.MAX_VALUE);
    return value == null || value == 0 ? null : value;
  }
}
