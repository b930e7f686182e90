package dev.weft.xds.translation;

import com.google.common.net.InetAddresses;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.weft.engine.model.Assignment;
import dev.weft.engine.model.Assignment.LocalityEndpoints;
import dev.weft.engine.model.Endpoint;
import dev.weft.engine.model.Endpoint.Health;
import dev.weft.xds.proto.Address;
import dev.weft.xds.proto.ClusterLoadAssignment;
import dev.weft.xds.proto.Endpoint.HealthCheckConfig;
import dev.weft.xds.proto.HealthStatus;
import dev.weft.xds.proto.LbEndpoint;
import dev.weft.xds.proto.Locality;
import dev.weft.xds.proto.LocalityLbEndpoints;
import dev.weft.xds.proto.SocketAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Envoy's config.endpoint.v3.ClusterLoadAssignment. */
final class EndpointTranslator {

  /** Envoy's limit. */
  private static final int LOWEST_PRIORITY = 128;

  private static final int MAX_PORT = 65_535;

  private static final String TRANSPORT_SOCKET_MATCH = "envoy.transport_socket_match";

  /** What is told of an endpoint in words of our own, by the label that has it. */
  private static final Map<String, String> OF_LABELS =
      Map.of(
          "app", "app",
          "version", "version",
          "canonical_service", "service.istio.io/canonical-name",
          "canonical_revision", "service.istio.io/canonical-revision");

  private static final int[] ASSIGNMENT_HARMLESS = {
    5 // named_endpoints: refused where one is referred to
  };
  private static final int[] LOCALITY_HARMLESS = {
    6, // proximity
    9 // metadata
  };
  private static final int[] ENDPOINT_HARMLESS = {
    3 // hostname
  };

  private EndpointTranslator() {}

  /** Of addresses. */
  static Assignment assignment(ClusterLoadAssignment source, Findings findings)
      throws ResourceRefused {
    return assignment(source, false, findings);
  }

  /** Host names stay what they are, unresolved. */
  static Assignment namedAssignment(ClusterLoadAssignment source, Findings findings)
      throws ResourceRefused {
    return assignment(source, true, findings);
  }

  private static Assignment assignment(
      ClusterLoadAssignment source, boolean named, Findings findings) throws ResourceRefused {
    findings.noteUnread(source, "", ASSIGNMENT_HARMLESS);
    findings.noteUnread(source.getPolicy(), "policy");
    List<LocalityEndpoints> localities = new ArrayList<>();
    for (int i = 0; i < source.getEndpointsCount(); i++) {
      localities.add(locality(source.getEndpoints(i), named, "endpoints[" + i + "]", findings));
    }
    ClusterLoadAssignment.Policy policy = source.getPolicy();
    return new Assignment(
        localities,
        policy.hasOverprovisioningFactor()
            ? Values.clamped(policy.getOverprovisioningFactor().getValue())
            : Assignment.DEFAULT_OVERPROVISIONING,
        policy.getWeightedPriorityHealth());
  }

  private static LocalityEndpoints locality(
      LocalityLbEndpoints source, boolean named, String at, Findings findings)
      throws ResourceRefused {
    if (UnreadFields.of(source).contains(7) || UnreadFields.of(source).contains(8)) {
      throw findings.refusal(at, "endpoints that are listed elsewhere are not supported");
    }
    findings.noteUnread(source, at, LOCALITY_HARMLESS);
    List<Endpoint> endpoints = new ArrayList<>();
    for (int i = 0; i < source.getLbEndpointsCount(); i++) {
      endpoints.add(
          endpoint(source.getLbEndpoints(i), named, at + ".lb_endpoints[" + i + "]", findings));
    }
    if (source.getPriority() < 0 || source.getPriority() > LOWEST_PRIORITY) {
      throw findings.refusal(at + ".priority", "must be at most " + LOWEST_PRIORITY);
    }
    return new LocalityEndpoints(
        name(source.getLocality()),
        source.getPriority(),
        Values.clamped(source.getLoadBalancingWeight().getValue()),
        endpoints);
  }

  private static String name(Locality locality) {
    String name = locality.getRegion() + "/" + locality.getZone() + "/" + locality.getSubZone();
    return name.replaceFirst("/+$", "");
  }

  private static Endpoint endpoint(LbEndpoint source, boolean named, String at, Findings findings)
      throws ResourceRefused {
    if (!source.hasEndpoint()) {
      throw findings.refusal(at, "no endpoint, or a reference to one");
    }
    findings.noteUnread(source.getEndpoint(), at + ".endpoint", ENDPOINT_HARMLESS);
    HealthCheckConfig checked = source.getEndpoint().getHealthCheckConfig();
    findings.noteUnread(checked, at + ".endpoint.health_check_config");
    if (checked.getPortValue() < 0 || checked.getPortValue() > MAX_PORT) {
      throw findings.refusal(
          at + ".endpoint.health_check_config.port_value", "the port is out of range");
    }
    Map<String, Struct> metadata = source.getMetadata().getFilterMetadataMap();
    return new Endpoint(
        address(source.getEndpoint().getAddress(), named, at + ".endpoint.address", findings),
        PeerIdentity.ISTIO.equals(
            strings(metadata, TRANSPORT_SOCKET_MATCH).get(PeerIdentity.TLS_MODE)),
        health(source.getHealthStatus()),
        source.hasLoadBalancingWeight()
            ? Math.max(1, Values.clamped(source.getLoadBalancingWeight().getValue()))
            : 1,
        about(metadata.getOrDefault(PeerIdentity.ISTIO, Struct.getDefaultInstance())),
        checked.getPortValue());
  }

  private static Health health(HealthStatus status) {
    return switch (status) {
      case UNKNOWN, HEALTHY -> Health.HEALTHY;
      case DEGRADED -> Health.DEGRADED;
      case DRAINING -> Health.DRAINING;
      case UNHEALTHY, TIMEOUT, UNRECOGNIZED -> Health.UNHEALTHY;
    };
  }

  /** Who it is; from its labels, where nothing else says so. What is empty is left out. */
  private static Map<String, String> about(Struct istio) {
    Map<String, String> about = Values.strings(istio);
    about.values().removeIf(String::isEmpty);
    Map<String, String> labels =
        Values.strings(
            istio.getFieldsOrDefault("labels", Value.getDefaultInstance()).getStructValue());
    OF_LABELS.forEach(
        (fact, label) -> {
          String value = labels.getOrDefault(label, "");
          if (!value.isEmpty()) {
            about.putIfAbsent(fact, value);
          }
        });
    return about;
  }

  private static Map<String, String> strings(Map<String, Struct> metadata, String filter) {
    return Values.strings(metadata.getOrDefault(filter, Struct.getDefaultInstance()));
  }

  private static InetSocketAddress address(
      Address address, boolean named, String at, Findings findings) throws ResourceRefused {
    SocketAddress socket = address.getSocketAddress();
    if (!address.hasSocketAddress()
        || !socket.hasPortValue()
        || socket.getProtocol() != SocketAddress.Protocol.TCP) {
      throw findings.refusal(at, "only a TCP address with a port number is supported");
    }
    if (socket.getPortValue() < 0 || socket.getPortValue() > MAX_PORT) {
      throw findings.refusal(at, "the port is out of range");
    }
    if (named && !InetAddresses.isInetAddress(socket.getAddress())) {
      return InetSocketAddress.createUnresolved(socket.getAddress(), socket.getPortValue());
    }
    if (!InetAddresses.isInetAddress(socket.getAddress())) {
      throw findings.refusal(at, "\"" + socket.getAddress() + "\" is not an IP address");
    }
    return new InetSocketAddress(
        InetAddresses.forString(socket.getAddress()), socket.getPortValue());
  }
}
