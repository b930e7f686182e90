package dev.weft.config.agent;

import com.google.protobuf.Any;
import com.google.protobuf.UInt32Value;
import dev.weft.config.model.TrafficPolicy;
import dev.weft.config.model.TrafficPolicy.ConnectionPool;
import dev.weft.config.model.TrafficPolicy.RetryBudget;
import io.envoyproxy.envoy.config.cluster.v3.CircuitBreakers;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.cluster.v3.UpstreamConnectionOptions;
import io.envoyproxy.envoy.config.core.v3.Http1ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.Http2ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.HttpProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.TcpKeepalive;
import io.envoyproxy.envoy.type.v3.Percent;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A traffic policy's {@code connectionPool} and {@code retryBudget} as a Cluster's
 * circuit_breakers, upstream_connection_options and HttpProtocolOptions.
 */
final class Connections {

  /** Istio's: where no limit is configured there is none; Envoy's own default would be 1024. */
  private static final int NO_LIMIT = -1;

  private static final String HTTP_OPTIONS =
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

  private Connections() {}

  /**
   * @param meshWide null: the mesh has no probes
   * @param http2 whether it is spoken, or may be
   */
  static void apply(
      @Nullable ConnectionPool pool,
      @Nullable RetryBudget budget,
      TrafficPolicy.@Nullable TcpKeepalive meshWide,
      boolean http2,
      Cluster.Builder cluster) {
    cluster.setCircuitBreakers(circuitBreakers(pool, budget));
    TrafficPolicy.TcpKeepalive own = pool == null ? null : pool.keepalive();
    TrafficPolicy.TcpKeepalive probes = own == null ? meshWide : own.or(meshWide);
    if (probes != null) {
      cluster.setUpstreamConnectionOptions(
          UpstreamConnectionOptions.newBuilder().setTcpKeepalive(keepalive(probes)));
    }
    protocolOptions(http2, pool)
        .ifPresent(options -> cluster.putTypedExtensionProtocolOptions(HTTP_OPTIONS, options));
  }

  private static CircuitBreakers circuitBreakers(
      @Nullable ConnectionPool pool, @Nullable RetryBudget budget) {
    CircuitBreakers.Thresholds.Builder thresholds =
        CircuitBreakers.Thresholds.newBuilder()
            .setMaxConnections(limit(pool == null ? null : pool.maxConnections()))
            .setMaxPendingRequests(limit(pool == null ? null : pool.maxPendingRequests()))
            .setMaxRequests(limit(pool == null ? null : pool.maxRequests()))
            .setMaxRetries(limit(pool == null ? null : pool.maxRetries()));
    if (budget != null) {
      thresholds.setRetryBudget(
          CircuitBreakers.Thresholds.RetryBudget.newBuilder()
              .setBudgetPercent(Percent.newBuilder().setValue(budget.percent()))
              .setMinRetryConcurrency(UInt32Value.of(budget.minimum())));
    }
    return CircuitBreakers.newBuilder().addThresholds(thresholds).build();
  }

  private static UInt32Value limit(@Nullable Integer limit) {
    return UInt32Value.of(limit == null ? NO_LIMIT : limit);
  }

  private static TcpKeepalive keepalive(TrafficPolicy.TcpKeepalive keepalive) {
    TcpKeepalive.Builder probes = TcpKeepalive.newBuilder();
    if (keepalive.probes() != null) {
      probes.setKeepaliveProbes(UInt32Value.of(keepalive.probes()));
    }
    if (keepalive.time() != null) {
      probes.setKeepaliveTime(UInt32Value.of((int) keepalive.time().toSeconds()));
    }
    if (keepalive.interval() != null) {
      probes.setKeepaliveInterval(UInt32Value.of((int) keepalive.interval().toSeconds()));
    }
    return probes.build();
  }

  private static Optional<Any> protocolOptions(boolean http2, @Nullable ConnectionPool pool) {
    Integer perConnection = pool == null ? null : pool.maxRequestsPerConnection();
    Duration idle = pool == null ? null : pool.idleTimeout();
    Duration longest = pool == null ? null : pool.maxConnectionDuration();
    boolean limited = perConnection != null || idle != null || longest != null;
    if (!http2 && !limited) {
      return Optional.empty();
    }
    var options = io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.newBuilder();
    var explicit = options.getExplicitHttpConfigBuilder();
    if (http2) {
      explicit.setHttp2ProtocolOptions(Http2ProtocolOptions.getDefaultInstance());
    } else {
      explicit.setHttpProtocolOptions(Http1ProtocolOptions.getDefaultInstance());
    }
    if (limited) {
      HttpProtocolOptions.Builder common = HttpProtocolOptions.newBuilder();
      if (perConnection != null) {
        common.setMaxRequestsPerConnection(UInt32Value.of(perConnection));
      }
      if (idle != null) {
        common.setIdleTimeout(Protos.duration(idle));
      }
      if (longest != null) {
        common.setMaxConnectionDuration(Protos.duration(longest));
      }
      options.setCommonHttpProtocolOptions(common);
    }
    return Optional.of(Any.pack(options.build()));
  }
}
