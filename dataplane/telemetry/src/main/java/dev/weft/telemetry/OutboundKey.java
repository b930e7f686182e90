package dev.weft.telemetry;

import dev.weft.engine.ResponseFlags;
import dev.weft.engine.model.Endpoint;
import dev.weft.telemetry.MetricOverrides.Dimensions;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What tells one outbound series from another. Made for each request, so it holds what is at hand;
 * labels are made of it once.
 *
 * @param host that was called, where there is no cluster, or one for whatever nobody declares
 * @param principal this workload's, where the server saw it
 * @param peerId the server's
 * @param dimensions of what overrides make labels of; null: nothing is overridden
 */
record OutboundKey(
    @Nullable String route,
    @Nullable String cluster,
    @Nullable String host,
    @Nullable String workload,
    @Nullable String namespace,
    @Nullable String app,
    @Nullable String version,
    @Nullable String canonicalService,
    @Nullable String canonicalRevision,
    int status,
    @Nullable String grpcStatus,
    ResponseFlags flags,
    @Nullable String principal,
    @Nullable String peerId,
    @Nullable Dimensions dimensions) {

  /** Istio's routes for hosts that nobody declares, to which it gives services of these names. */
  private static final String BLOCKED = "block_all";

  private static final String ALLOWED = "allow_any";

  static OutboundKey of(
      String host,
      @Nullable String route,
      @Nullable String cluster,
      @Nullable Endpoint endpoint,
      int status,
      @Nullable String grpcStatus,
      ResponseFlags flags,
      @Nullable String principal,
      @Nullable String peerId,
      @Nullable Dimensions dimensions) {
    Map<String, String> facts = endpoint == null ? Map.of() : endpoint.metadata();
    return new OutboundKey(
        route,
        cluster,
        cluster == null || ALLOWED.equals(route) ? host : null,
        facts.get("workload"),
        facts.get("namespace"),
        facts.get("app"),
        facts.get("version"),
        facts.get("canonical_service"),
        facts.get("canonical_revision"),
        status,
        grpcStatus,
        flags,
        principal,
        peerId,
        dimensions);
  }

  /** As {@link WorkloadFacts} has it of itself, so that both reporters say the same. */
  Peer destination() {
    String name = or(workload, Labels.UNKNOWN);
    return new Peer(
        name,
        or(namespace, Labels.UNKNOWN),
        or(app, endpoint() && serviceHost().contains(".svc.") ? serviceName() : Labels.UNKNOWN),
        or(version, Labels.UNKNOWN),
        or(canonicalService, or(app, name)),
        or(canonicalRevision, or(version, Labels.LATEST)),
        Labels.UNKNOWN);
  }

  /** Whether the route led to one. */
  private boolean endpoint() {
    return workload != null;
  }

  /** The host that the route led to; the one that was called, if it led nowhere. */
  String serviceHost() {
    return cluster == null || host != null
        ? or(host, Labels.UNKNOWN)
        : cluster.substring(cluster.lastIndexOf('|') + 1);
  }

  /** As istio/proxy's populateDestinationService. */
  String serviceName() {
    if (BLOCKED.equals(route)) {
      return "BlackHoleCluster";
    } else if (ALLOWED.equals(route)) {
      return "PassthroughCluster";
    }
    String host = serviceHost();
    int dot = host.indexOf('.');
    return dot < 0 || !host.contains(".svc.") ? host : host.substring(0, dot);
  }

  String serviceNamespace() {
    String host = serviceHost();
    int svc = host.indexOf(".svc.");
    int dot = host.indexOf('.');
    return or(namespace, svc <= dot ? Labels.UNKNOWN : host.substring(dot + 1, svc));
  }

  private static String or(@Nullable String known, String otherwise) {
    return known == null || known.isEmpty() ? otherwise : known;
  }
}
