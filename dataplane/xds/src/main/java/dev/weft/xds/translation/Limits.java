package dev.weft.xds.translation;

import com.google.protobuf.Any;
import com.google.protobuf.UInt32Value;
import dev.weft.engine.model.CircuitBreakers;
import dev.weft.engine.model.CircuitBreakers.RetryBudget;
import dev.weft.engine.model.ConnectionOptions;
import dev.weft.engine.model.ConnectionOptions.TcpKeepalive;
import dev.weft.xds.proto.CircuitBreakers.Thresholds;
import dev.weft.xds.proto.Cluster;
import dev.weft.xds.proto.HttpProtocolOptions;
import dev.weft.xds.proto.RoutingPriority;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A Cluster's circuit_breakers. Connections and the requests that wait for one belong to the
 * application's own library. But with HTTP/1 a request is a connection, so that beyond
 * max_connections and max_pending_requests together Envoy answers itself; and so is done here.
 */
final class Limits {

  private static final int NONE = Integer.MAX_VALUE;
  private static final int DEFAULT = 1024;
  private static final int DEFAULT_RETRIES = 3;
  private static final double DEFAULT_BUDGET_PERCENT = 20;
  private static final int DEFAULT_RETRY_CONCURRENCY = 3;
  private static final String HTTP_OPTIONS =
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
  private static final int HTTP2_PROTOCOL_OPTIONS = 14;
  private static final String AT = "circuit_breakers.thresholds";

  private static final int[] HARMLESS = {
    6 // track_remaining
  };

  private static final int[] HARMLESS_OPTIONS = {
    2, // set_local_interface_name_on_upstream_connections
    3 // happy_eyeballs_config: an endpoint has one address
  };

  private Limits() {}

  static CircuitBreakers circuitBreakers(Cluster source, Duration budgetInterval, Findings findings)
      throws ResourceRefused {
    findings.noteUnread(source.getCircuitBreakers(), "circuit_breakers");
    for (Thresholds thresholds : source.getCircuitBreakers().getThresholdsList()) {
      if (thresholds.getPriority() == RoutingPriority.DEFAULT) {
        findings.noteUnread(thresholds, AT, HARMLESS);
        findings.noteUnread(thresholds.getRetryBudget(), AT + ".retry_budget");
        return new CircuitBreakers(
            Math.min(
                or(thresholds.hasMaxRequests(), thresholds.getMaxRequests(), DEFAULT),
                throughConnections(thresholds, http1(source, findings), findings)),
            or(thresholds.hasMaxRetries(), thresholds.getMaxRetries(), DEFAULT_RETRIES),
            budget(thresholds, budgetInterval));
      }
    }
    return new CircuitBreakers(DEFAULT, DEFAULT_RETRIES, null);
  }

  private static int throughConnections(Thresholds thresholds, boolean http1, Findings findings) {
    int connections = or(thresholds.hasMaxConnections(), thresholds.getMaxConnections(), NONE);
    int pending = or(thresholds.hasMaxPendingRequests(), thresholds.getMaxPendingRequests(), NONE);
    if (http1 && connections != NONE && pending != NONE) {
      return (int) Math.min(NONE, (long) connections + pending);
    }
    String reason =
        http1
            ? "in force together with the other limit of connections and pending requests only"
            : "not in force where a connection carries several requests";
    if (connections != NONE) {
      findings.note(AT + ".max_connections", reason);
    }
    if (pending != NONE) {
      findings.note(AT + ".max_pending_requests", reason);
    }
    return NONE;
  }

  static ConnectionOptions connections(Cluster source, int proxyProtocol, Findings findings)
      throws ResourceRefused {
    HttpProtocolOptions options = options(source, findings);
    var common =
        options == null
            ? dev.weft.xds.proto.core.HttpProtocolOptions.getDefaultInstance()
            : options.getCommonHttpProtocolOptions();
    findings.noteUnread(common, "common_http_protocol_options");
    return new ConnectionOptions(
        Values.clamped(common.getMaxRequestsPerConnection().getValue()),
        Values.duration(common.getMaxConnectionDuration()),
        Values.duration(common.getIdleTimeout()),
        keepalive(source, findings),
        proxyProtocol);
  }

  private static @Nullable TcpKeepalive keepalive(Cluster source, Findings findings) {
    findings.noteUnread(
        source.getUpstreamConnectionOptions(), "upstream_connection_options", HARMLESS_OPTIONS);
    if (!source.getUpstreamConnectionOptions().hasTcpKeepalive()) {
      return null;
    }
    var keepalive = source.getUpstreamConnectionOptions().getTcpKeepalive();
    return new TcpKeepalive(
        Values.clamped(keepalive.getKeepaliveTime().getValue()),
        Values.clamped(keepalive.getKeepaliveInterval().getValue()),
        Values.clamped(keepalive.getKeepaliveProbes().getValue()));
  }

  /** As long as nothing says otherwise. */
  private static boolean http1(Cluster source, Findings findings) throws ResourceRefused {
    if (UnreadFields.of(source).contains(HTTP2_PROTOCOL_OPTIONS)) {
      return false;
    }
    HttpProtocolOptions options = options(source, findings);
    return options == null || options.getExplicitHttpConfig().hasHttpProtocolOptions();
  }

  private static @Nullable HttpProtocolOptions options(Cluster source, Findings findings)
      throws ResourceRefused {
    Any any = source.getTypedExtensionProtocolOptionsMap().get(HTTP_OPTIONS);
    return any == null
        ? null
        : Values.unpack(
            any,
            HttpProtocolOptions.parser(),
            "typed_extension_protocol_options[" + HTTP_OPTIONS + "]",
            findings);
  }

  private static @Nullable RetryBudget budget(Thresholds thresholds, Duration interval) {
    Thresholds.RetryBudget budget = thresholds.getRetryBudget();
    return thresholds.hasRetryBudget()
        ? new RetryBudget(
            budget.hasBudgetPercent()
                ? budget.getBudgetPercent().getValue()
                : DEFAULT_BUDGET_PERCENT,
            or(
                budget.hasMinRetryConcurrency(),
                budget.getMinRetryConcurrency(),
                DEFAULT_RETRY_CONCURRENCY),
            interval)
        : null;
  }

  private static int or(boolean set, UInt32Value value, int otherwise) {
    return set ? Values.clamped(value.getValue()) : otherwise;
  }
}
