package dev.weft.config.agent;

import com.google.common.net.InetAddresses;
import com.google.protobuf.BoolValue;
import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.Value;
import dev.weft.config.model.ClientWorkload;
import dev.weft.config.model.DestinationRule;
import dev.weft.config.model.LoadBalancer;
import dev.weft.config.model.MeshConfig.Destinations;
import dev.weft.config.model.MeshModel;
import dev.weft.config.model.Protocol;
import dev.weft.config.model.Resolution;
import dev.weft.config.model.Service;
import dev.weft.config.model.ServicePolicy;
import dev.weft.config.model.ServicePort;
import dev.weft.config.model.TrafficPolicy;
import dev.weft.config.model.TrafficPolicy.ClientTls;
import dev.weft.config.model.TrafficPolicy.ConnectionPool;
import dev.weft.config.model.TrafficPolicy.TlsMode;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.cluster.v3.OutlierDetection;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One destination, a subset or the whole of a service's port, as a Cluster. */
final class Clusters {

  private final MeshModel model;
  private final Policies policies;
  private final Assignments assignments;
  private final TrustDomains trustDomains;

  Clusters(MeshModel model) {
    this.model = model;
    policies = new Policies(model);
    assignments = new Assignments(model);
    trustDomains = new TrustDomains(model.settings());
  }

  /** The cluster as seen by a client; empty if there is no such port or subset. */
  Optional<Cluster> cluster(ClusterName name, Service service, ClientWorkload client) {
    Optional<DestinationRule> rule = model.destinationRule(service, client);
    return service
        .port(name.port())
        .flatMap(
            port ->
                policies
                    .of(name, service, client)
                    .map(policy -> build(name, service, port, policy, rule, client)));
  }

  private Cluster build(
      ClusterName name,
      Service service,
      ServicePort port,
      TrafficPolicy policy,
      Optional<DestinationRule> rule,
      ClientWorkload client) {
    ConnectionPool connections = policy.connections();
    Cluster.Builder cluster =
        Cluster.newBuilder()
            .setName(name.toString())
            .setConnectTimeout(
                Protos.duration(
                    connections == null || connections.connectTimeout() == null
                        ? defaults().connectTimeout()
                        : connections.connectTimeout()))
            .setMetadata(metadata(service, rule, policy));
    discovery(cluster, name, service, policy, client);
    Optional<ServicePolicy> beyond = model.servicePolicy(service, client.namespace());
    Balancing.apply(
        policy,
        beyond.map(ServicePolicy::panicThreshold).orElse(null),
        defaults().localities(),
        cluster);
    beyond
        .map(ServicePolicy::healthCheck)
        .ifPresent(check -> cluster.addHealthChecks(HealthChecks.check(check, service.host())));
    beyond
        .map(ServicePolicy::lastGoodAnswer)
        .ifPresent(kept -> LastGoodAnswers.apply(kept, cluster.getMetadataBuilder()));
    if (policy.outliers() != null) {
      cluster.setOutlierDetection(outliers(policy.outliers()));
    }
    Connections.apply(
        connections,
        policy.retryBudget(),
        defaults().keepalive(),
        port.protocol().isHttp2() || upgrades(port, connections),
        cluster);
    security(cluster, name, service, port, policy);
    return cluster.build();
  }

  private Destinations defaults() {
    return model.settings().config().destinations();
  }

  /** By the stream, or where an endpoint is known by its name, by DNS: as Istio does. */
  @SuppressWarnings("deprecation") // what replaces them only the newest Envoys know
  private void discovery(
      Cluster.Builder cluster,
      ClusterName name,
      Service service,
      TrafficPolicy policy,
      ClientWorkload client) {
    boolean original = client.resolvesNames() && passesThrough(name, service, policy);
    boolean byName =
        service.endpoints(name.port()).stream()
            .anyMatch(endpoint -> !InetAddresses.isInetAddress(endpoint.address()));
    if (!byName && !original) {
      cluster
          .setType(Cluster.DiscoveryType.EDS)
          .setEdsClusterConfig(
              Cluster.EdsClusterConfig.newBuilder()
                  .setEdsConfig(Protos.ADS)
                  .setServiceName(name.toString()));
      return;
    }
    cluster
        .setType(
            (original && service.addresses().size() < 2)
                    || (!original && service.resolution() == Resolution.DNS_ROUND_ROBIN)
                ? Cluster.DiscoveryType.LOGICAL_DNS
                : Cluster.DiscoveryType.STRICT_DNS)
        .setDnsLookupFamily(Cluster.DnsLookupFamily.V4_PREFERRED)
        .setDnsRefreshRate(Protos.duration(defaults().dnsRefreshRate()))
        .setRespectDnsTtl(true)
        .setLoadAssignment(
            original
                ? assignments.original(name, service)
                : assignments.assignment(name, service, client));
  }

  /**
   * Istio's ORIGINAL_DST, which is for proxies that see a connection's destination. In the process
   * that calls there is none yet: it is what the called name's resolution gives there.
   */
  private static boolean passesThrough(ClusterName name, Service service, TrafficPolicy policy) {
    if (name.host().startsWith("*")) {
      return false; // which of its hosts is called isn't known here
    }
    LoadBalancer balancer = policy.loadBalancer();
    return (balancer != null && balancer.simple() == LoadBalancer.Simple.PASSTHROUGH)
        || (service.endpoints(name.port()).isEmpty() && service.resolution().isCallers());
  }

  private static OutlierDetection outliers(TrafficPolicy.OutlierDetection outliers) {
    OutlierDetection.Builder detection =
        OutlierDetection.newBuilder()
            .setConsecutive5Xx(UInt32Value.of(Math.max(outliers.consecutive5xx(), 1)))
            .setEnforcingConsecutive5Xx(UInt32Value.of(outliers.consecutive5xx() == 0 ? 0 : 100))
            .setConsecutiveGatewayFailure(
                UInt32Value.of(Math.max(outliers.consecutiveGatewayErrors(), 1)))
            .setEnforcingConsecutiveGatewayFailure(
                UInt32Value.of(outliers.consecutiveGatewayErrors() == 0 ? 0 : 100))
            // Istio has no field for ejection by success rate, and turns Envoy's default off.
            .setEnforcingSuccessRate(UInt32Value.of(0))
            .setInterval(Protos.duration(outliers.interval()))
            .setBaseEjectionTime(Protos.duration(outliers.baseEjectionTime()))
            .setMaxEjectionPercent(UInt32Value.of(outliers.maxEjectionPercent()))
            // Else the default of 10 % would eject nobody of fewer than 10 endpoints.
            .setAlwaysEjectOneHost(BoolValue.of(true));
    if (outliers.splitLocalOriginErrors()) {
      detection
          .setSplitExternalLocalOriginErrors(true)
          .setEnforcingLocalOriginSuccessRate(UInt32Value.of(0));
      if (outliers.consecutiveLocalOriginFailures() > 0) {
        detection
            .setConsecutiveLocalOriginFailure(
                UInt32Value.of(outliers.consecutiveLocalOriginFailures()))
            .setEnforcingConsecutiveLocalOriginFailure(UInt32Value.of(100));
      }
    }
    return detection.build();
  }

  private void security(
      Cluster.Builder cluster,
      ClusterName name,
      Service service,
      ServicePort port,
      TrafficPolicy policy) {
    ClientTls tls = policy.tls();
    if (tls == null ? !defaults().autoMtls() : tls.mode() == TlsMode.DISABLE) {
      return;
    }
    List<String> alpn = alpn(port, policy.connections());
    if (tls != null && tls.files() != null) {
      cluster.setTransportSocket(Originations.socket(tls, tls.files(), name.host(), service, alpn));
      return;
    }
    Collection<String> identities =
        tls != null && !tls.subjectAltNames().isEmpty()
            ? tls.subjectAltNames()
            : service.identities();
    String sni = tls == null || tls.sni().isEmpty() ? name.sni() : tls.sni();
    var mutual = Tls.client(sni, alpn, trustDomains.expandIdentities(identities));
    if (tls != null) {
      // Asked for in so many words: there is no falling back.
      cluster.setTransportSocket(mutual);
      return;
    }
    cluster.addTransportSocketMatches(
        Cluster.TransportSocketMatch.newBuilder()
            .setName("tlsMode-istio")
            .setMatch(Protos.struct(Map.of("tlsMode", "istio")))
            .setTransportSocket(mutual));
    cluster.addTransportSocketMatches(
        Cluster.TransportSocketMatch.newBuilder()
            .setName("tlsMode-disabled")
            .setMatch(Struct.getDefaultInstance())
            .setTransportSocket(Tls.RAW));
  }

  /**
   * Istio's shouldH2Upgrade: a rule is believed that a port speaks HTTP, the mesh's default not.
   */
  private boolean upgrades(ServicePort port, @Nullable ConnectionPool pool) {
    Boolean rule = pool == null ? null : pool.http2();
    return rule == null
        ? defaults().http2() && port.protocol() == Protocol.HTTP
        : rule.booleanValue();
  }

  private List<String> alpn(ServicePort port, @Nullable ConnectionPool pool) {
    if (port.protocol().isHttp2()) {
      return Tls.HTTP2;
    }
    return upgrades(port, pool) ? Tls.EITHER : Tls.HTTP1;
  }

  /** What telemetry calls the destination, and which rule shaped it, as Istio's own metadata. */
  private Metadata metadata(Service service, Optional<DestinationRule> rule, TrafficPolicy policy) {
    Struct called =
        Protos.struct(
            Map.of(
                "host", service.host(),
                "name", model.name(service),
                "namespace", service.namespace()));
    Struct.Builder istio = Struct.newBuilder();
    rule.ifPresent(
        r -> istio.putFields("config", Protos.value(ConfigPath.of(r.metadata().resource()))));
    istio.putFields(
        "services",
        Value.newBuilder()
            .setListValue(
                ListValue.newBuilder()
                    .addAllValues(List.of(Value.newBuilder().setStructValue(called).build())))
            .build());
    Metadata.Builder metadata = Metadata.newBuilder().putFilterMetadata("istio", istio.build());
    OwnMetadata.apply(policy, metadata);
    return metadata.build();
  }
}
