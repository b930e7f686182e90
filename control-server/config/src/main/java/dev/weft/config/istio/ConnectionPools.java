package dev.weft.config.istio;

import dev.weft.config.model.TrafficPolicy.ConnectionPool;
import dev.weft.config.model.TrafficPolicy.TcpKeepalive;
import dev.weft.config.source.Fields;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Reads a traffic policy's {@code connectionPool}. Connections, and what waits for one, belong to
 * the application's own library: what its pool can't honour is said, by the libraries' names.
 */
final class ConnectionPools {

  private static final String IDLE =
      "is in force for HttpURLConnection only: the pool of java.net.http keeps idle connections for"
          + " jdk.httpclient.keepalive.timeout";

  /** {@code h2UpgradePolicy}. */
  enum Upgrade {
    DEFAULT,
    DO_NOT_UPGRADE,
    UPGRADE
  }

  private record Tcp(
      @Nullable Integer maxConnections,
      @Nullable Duration connectTimeout,
      @Nullable Duration maxConnectionDuration,
      @Nullable TcpKeepalive keepalive) {}

  private ConnectionPools() {}

  static ConnectionPool read(Fields fields) {
    Tcp tcp = fields.object("tcp", ConnectionPools::tcp);
    ConnectionPool http = fields.object("http", ConnectionPools::http);
    warnOfLimits(
        fields,
        tcp != null && tcp.maxConnections != null,
        http != null && http.maxPendingRequests() != null,
        http != null && Boolean.TRUE.equals(http.http2()));
    return new ConnectionPool(
        tcp == null ? null : tcp.maxConnections,
        tcp == null ? null : tcp.connectTimeout,
        tcp == null ? null : tcp.maxConnectionDuration,
        tcp == null ? null : tcp.keepalive,
        http == null ? null : http.maxPendingRequests(),
        http == null ? null : http.maxRequests(),
        http == null ? null : http.maxRequestsPerConnection(),
        http == null ? null : http.maxRetries(),
        http == null ? null : http.idleTimeout(),
        http == null ? null : http.http2());
  }

  private static void warnOfLimits(
      Fields pool, boolean connections, boolean pending, boolean http2) {
    if (connections && pending && http2) {
      pool.warning(
          "tcp.maxConnections",
          "has no effect in the agent where HTTP/2 may be spoken: one connection carries any number"
              + " of requests; limit those by http2MaxRequests");
    } else if (connections && pending) {
      pool.warning(
          "tcp.maxConnections",
          "is in force for HTTP/1 together with http1MaxPendingRequests only: requests beyond both"
              + " are answered with 503, but those within are not queued");
    } else if (connections) {
      pool.warning(
          "tcp.maxConnections",
          "has no effect in the agent without http1MaxPendingRequests: what is beyond it would wait"
              + " for a connection however long, and the pools of java.net.http and"
              + " HttpURLConnection make one instead; give both, or limit requests by"
              + " http2MaxRequests");
    } else if (pending) {
      pool.warning(
          "http.http1MaxPendingRequests",
          "has no effect in the agent without maxConnections: where connections have no limit,"
              + " nothing waits for one");
    }
  }

  private static Tcp tcp(Fields pool) {
    withoutEffect(
        pool,
        "maxConnectionDuration",
        "is in force for HttpURLConnection only: the pool of java.net.http ends no connection for its"
            + " age");
    withoutEffect(
        pool,
        "idleTimeout",
        "has no effect in the agent: it is for TCP and TLS routes, in Istio too, and HTTP's own is"
            + " http.idleTimeout");
    Duration unused = CommonFields.positiveDuration(pool, "idleTimeout");
    return new Tcp(
        limit(pool, "maxConnections"),
        CommonFields.positiveDuration(pool, "connectTimeout"),
        CommonFields.positiveDuration(pool, "maxConnectionDuration"),
        keepalive(pool));
  }

  /**
   * The field {@code tcpKeepalive}, of MeshConfig too.
   *
   * @return null if there is none
   */
  static @Nullable TcpKeepalive keepalive(Fields pool) {
    withoutEffect(
        pool,
        "tcpKeepalive",
        "is in force for HttpURLConnection only: java.net.http opens its sockets itself and turns"
            + " TCP's probes on for none");
    return pool.object(
        "tcpKeepalive",
        fields ->
            new TcpKeepalive(
                fields.integer("probes", 0, Integer.MAX_VALUE),
                fields.duration("time"),
                fields.duration("interval")));
  }

  private static ConnectionPool http(Fields pool) {
    withoutEffect(
        pool,
        "maxConcurrentStreams",
        "has no effect in the agent: the pool of java.net.http opens as many streams as the server"
            + " lets it, and HttpURLConnection has none");
    withoutEffect(
        pool,
        "http2KeepAlive",
        "has no effect in the agent: java.net.http sends no PING of its own, and HttpURLConnection"
            + " speaks HTTP/1.1 only");
    withoutEffect(
        pool,
        "maxRequestsPerConnection",
        "is in force for HttpURLConnection only: the pool of java.net.http doesn't count a"
            + " connection's requests");
    withoutEffect(pool, "idleTimeout", IDLE);
    pool.skip("http2KeepAlive");
    Integer unused = pool.integer("maxConcurrentStreams", 0, Integer.MAX_VALUE);
    return new ConnectionPool(
        null,
        null,
        null,
        null,
        limit(pool, "http1MaxPendingRequests"),
        limit(pool, "http2MaxRequests"),
        limit(pool, "maxRequestsPerConnection"),
        limit(pool, "maxRetries"),
        CommonFields.positiveDuration(pool, "idleTimeout"),
        http2(pool));
  }

  /**
   * Whether HTTP/2 is offered on ports of HTTP, by the library of a client that asks for it: what
   * the client speaks is in the end the application's own choice, as with useClientProtocol.
   */
  private static @Nullable Boolean http2(Fields pool) {
    Upgrade upgrade = upgrade(pool);
    if (Boolean.TRUE.equals(pool.bool("useClientProtocol")) || upgrade == Upgrade.UPGRADE) {
      return true;
    }
    return upgrade == Upgrade.DO_NOT_UPGRADE ? Boolean.FALSE : null;
  }

  /**
   * The field {@code h2UpgradePolicy}, of MeshConfig too.
   *
   * @return null if there is none
   */
  static @Nullable Upgrade upgrade(Fields fields) {
    Upgrade upgrade = fields.oneOf("h2UpgradePolicy", Upgrade.class);
    if (upgrade == Upgrade.UPGRADE) {
      fields.warning(
          "h2UpgradePolicy",
          "is in force for java.net.http only, over TLS that the agent makes, where the"
              + " application's client asks for HTTP/2 and the server speaks it: HttpURLConnection"
              + " speaks HTTP/1.1 only");
    }
    return upgrade;
  }

  private static void withoutEffect(Fields pool, String name, String reason) {
    if (pool.has(name)) {
      pool.warning(name, reason);
    }
  }

  /** A limit; Istio takes 0 for none. */
  private static @Nullable Integer limit(Fields fields, String name) {
    Integer value = fields.integer(name, 0, Integer.MAX_VALUE);
    return value == null || value == 0 ? null : value;
  }
}
