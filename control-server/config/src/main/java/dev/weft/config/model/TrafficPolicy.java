package dev.weft.config.model;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a destination is talked to. A null part is not set.
 *
 * @param proxyProtocol the version of the header ahead of each connection; null: there is none
 * @param ports policies of single ports; each stands for the whole, nothing is inherited
 */
public record TrafficPolicy(
    @Nullable LoadBalancer loadBalancer,
    @Nullable ConnectionPool connections,
    @Nullable OutlierDetection outliers,
    @Nullable ClientTls tls,
    @Nullable RetryBudget retryBudget,
    @Nullable ProxyProtocol proxyProtocol,
    Map<Integer, TrafficPolicy> ports) {

  /** Nothing set. */
  public static final TrafficPolicy NONE =
      new TrafficPolicy(null, null, null, null, null, null, Map.of());

  /**
   * Limits; null: none, save the connect timeout's default of 10 s.
   *
   * @param http2 whether a port of HTTP is offered HTTP/2 too; null: as mesh-wide
   */
  public record ConnectionPool(
      @Nullable Integer maxConnections,
      @Nullable Duration connectTimeout,
      @Nullable Duration maxConnectionDuration,
      @Nullable TcpKeepalive keepalive,
      @Nullable Integer maxPendingRequests,
      @Nullable Integer maxRequests,
      @Nullable Integer maxRequestsPerConnection,
      @Nullable Integer maxRetries,
      @Nullable Duration idleTimeout,
      @Nullable Boolean http2) {}

  /** Probes of TCP's on an idle connection; null: as the operating system has it. */
  public record TcpKeepalive(
      @Nullable Integer probes, @Nullable Duration time, @Nullable Duration interval) {

    /**
     * This, and what it doesn't say from there.
     *
     * @param otherwise null: nothing more
     */
    public TcpKeepalive or(@Nullable TcpKeepalive otherwise) {
      return otherwise == null
          ? this
          : new TcpKeepalive(
              probes == null ? otherwise.probes : probes,
              time == null ? otherwise.time : time,
              interval == null ? otherwise.interval : interval);
    }
  }

  /**
   * When an endpoint is taken out for a while.
   *
   * @param consecutive5xx 0: not by this
   * @param consecutiveGatewayErrors 0: not by this
   * @param splitLocalOriginErrors what fails without a response is counted apart
   * @param consecutiveLocalOriginFailures if split; 0: by Envoy's default
   * @param maxEjectionPercent of the endpoints, of 100
   * @param minHealthPercent below it no endpoint is treated as ejected, of 100
   * @param errorCodes statuses that are failures beside 5xx
   */
  public record OutlierDetection(
      int consecutive5xx,
      int consecutiveGatewayErrors,
      boolean splitLocalOriginErrors,
      int consecutiveLocalOriginFailures,
      Duration interval,
      Duration baseEjectionTime,
      int maxEjectionPercent,
      int minHealthPercent,
      List<Integer> errorCodes) {

    /** Istio's defaults, which are Envoy's. */
    public static final OutlierDetection DEFAULT =
        new OutlierDetection(
            5, 0, false, 0, Duration.ofSeconds(10), Duration.ofSeconds(30), 10, 0, List.of());
  }

  /**
   * Retries at the same time.
   *
   * @param percent of the active requests, of 100
   * @param minimum that many may always be
   * @param interval requests that ended within it count as active ones; may be 0
   */
  public record RetryBudget(double percent, int minimum, Duration interval) {}

  /** Versions of the PROXY protocol. */
  public enum ProxyProtocol {
    V1,
    V2
  }

  /** Istio's client TLS modes. */
  public enum TlsMode {
    DISABLE,
    SIMPLE,
    MUTUAL,
    ISTIO_MUTUAL
  }

  /**
   * TLS towards the destination.
   *
   * @param sni empty: derived from the destination
   * @param subjectAltNames of which the server must prove one; empty: the endpoints' identities, or
   *     with SIMPLE and MUTUAL the host's name
   * @param files null, but with SIMPLE and MUTUAL
   */
  public record ClientTls(
      TlsMode mode, String sni, List<String> subjectAltNames, @Nullable TlsFiles files) {}

  /**
   * Paths where the client runs. A null one is not set.
   *
   * @param caCertificates null: what the client's runtime trusts
   * @param insecure the server need prove nothing
   */
  public record TlsFiles(
      @Nullable String clientCertificate,
      @Nullable String privateKey,
      @Nullable String caCertificates,
      @Nullable String caCrl,
      boolean insecure) {}

  public TrafficPolicy {
    ports = Map.copyOf(ports);
  }

  /**
   * The policy of one port: {@code override}'s parts where set, else this one's; and where either
   * has a policy for that very port, nothing but that, save the budget and the PROXY protocol,
   * which no port has.
   */
  public TrafficPolicy merge(TrafficPolicy override, int port) {
    TrafficPolicy base = forPort(port);
    TrafficPolicy whole = override.ports.get(port);
    RetryBudget budget = override.retryBudget != null ? override.retryBudget : retryBudget;
    ProxyProtocol ahead = override.proxyProtocol != null ? override.proxyProtocol : proxyProtocol;
    if (whole != null) {
      return whole.with(budget, ahead);
    }
    return new TrafficPolicy(
        override.loadBalancer != null ? override.loadBalancer : base.loadBalancer,
        override.connections != null ? override.connections : base.connections,
        override.outliers != null ? override.outliers : base.outliers,
        override.tls != null ? override.tls : base.tls,
        budget,
        ahead,
        Map.of());
  }

  private TrafficPolicy with(@Nullable RetryBudget budget, @Nullable ProxyProtocol ahead) {
    return new TrafficPolicy(loadBalancer, connections, outliers, tls, budget, ahead, ports);
  }

  private TrafficPolicy forPort(int port) {
    TrafficPolicy own = ports.get(port);
    return own != null ? own : this;
  }

  /**
   * How localities are treated; null: not at all.
   *
   * @param meshWide where this policy says nothing
   */
  public @Nullable LocalityBalancing localities(LocalityBalancing meshWide) {
    if (loadBalancer != null && loadBalancer.zoneAware() != null) {
      return null;
    }
    LocalityBalancing own = loadBalancer == null ? null : loadBalancer.locality();
    LocalityBalancing set = own == null ? meshWide : own;
    return set.enabled() ? set : null;
  }

  /** How zones are preferred; null: not at all. */
  public @Nullable ZoneAwareBalancing zoneAware() {
    ZoneAwareBalancing set = loadBalancer == null ? null : loadBalancer.zoneAware();
    return set != null && set.enabled() ? set : null;
  }
}
