package dev.weft.xds.translation;

import com.google.common.net.InetAddresses;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.weft.engine.model.Endpoint;
import dev.weft.xds.proto.Address;
import dev.weft.xds.proto.ClusterLoadAssignment;
import dev.weft.xds.proto.HealthStatus;
import dev.weft.xds.proto.LbEndpoint;
import dev.weft.xds.proto.LocalityLbEndpoints;
import dev.weft.xds.proto.SocketAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Envoy's config.endpoint.v3.ClusterLoadAssignment. */
final class EndpointTranslator {

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
    1, // locality
    3, // load_balancing_weight: in force with locality-weighted balancing only
    6, // proximity
    9 // metadata
  };
  private static final int[] ENDPOINT_HARMLESS = {
    2, // health_check_config
    3 // hostname
  };

  private EndpointTranslator() {}

  /** The endpoints of the most wanted priority that has one to use; of the first, if none has. */
  static List<Endpoint> endpoints(ClusterLoadAssignment assignment, Findings findings)
      throws ResourceRefused {
    findings.noteUnread(assignment, "", ASSIGNMENT_HARMLESS);
    SortedMap<Integer, List<Endpoint>> byPriority = new TreeMap<>(Integer::compareUnsigned);
    for (int i = 0; i < assignment.getEndpointsCount(); i++) {
      LocalityLbEndpoints locality = assignment.getEndpoints(i);
      String at = "endpoints[" + i + "]";
      if (UnreadFields.of(locality).contains(7) || UnreadFields.of(locality).contains(8)) {
        throw findings.refusal(at, "endpoints that are listed elsewhere are not supported");
      }
      findings.noteUnread(locality, at, LOCALITY_HARMLESS);
      List<Endpoint> endpoints =
          byPriority.computeIfAbsent(locality.getPriority(), priority -> new ArrayList<>());
      for (int j = 0; j < locality.getLbEndpointsCount(); j++) {
        endpoints.add(
            endpoint(locality.getLbEndpoints(j), at + ".lb_endpoints[" + j + "]", findings));
      }
    }
    if (byPriority.size() > 1) {
      findings.note(
          "endpoints.priority", "all traffic goes to the first priority that has an endpoint");
    }
    List<Endpoint> first = null;
    for (List<Endpoint> endpoints : byPriority.values()) {
      if (endpoints.stream().anyMatch(endpoint -> !endpoint.draining())) {
        return endpoints;
      }
      first = first == null ? endpoints : first;
    }
    return first == null ? List.of() : first;
  }

  private static Endpoint endpoint(LbEndpoint source, String at, Findings findings)
      throws ResourceRefused {
    if (!source.hasEndpoint()) {
      throw findings.refusal(at, "no endpoint, or a reference to one");
    }
    findings.noteUnread(source.getEndpoint(), at + ".endpoint", ENDPOINT_HARMLESS);
    Map<String, Struct> metadata = source.getMetadata().getFilterMetadataMap();
    return new Endpoint(
        address(source.getEndpoint().getAddress(), at + ".endpoint.address", findings),
        PeerIdentity.ISTIO.equals(
            strings(metadata, TRANSPORT_SOCKET_MATCH).get(PeerIdentity.TLS_MODE)),
        !takesRequests(source.getHealthStatus()),
        source.hasLoadBalancingWeight()
            ? Math.max(1, Values.clamped(source.getLoadBalancingWeight().getValue()))
            : 1,
        about(metadata.getOrDefault(PeerIdentity.ISTIO, Struct.getDefaultInstance())));
  }

  private static boolean takesRequests(HealthStatus status) {
    return switch (status) {
      case UNKNOWN, HEALTHY, DEGRADED -> true;
      case UNHEALTHY, DRAINING, TIMEOUT, UNRECOGNIZED -> false;
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

  private static InetSocketAddress address(Address address, String at, Findings findings)
      throws ResourceRefused {
    SocketAddress socket = address.getSocketAddress();
    if (!address.hasSocketAddress()
        || !socket.hasPortValue()
        || socket.getProtocol() != SocketAddress.Protocol.TCP) {
      throw findings.refusal(at, "only a TCP address with a port number is supported");
    }
    if (!InetAddresses.isInetAddress(socket.getAddress())) {
      throw findings.refusal(at, "\"" + socket.getAddress() + "\" is not an IP address");
    }
    if (socket.getPortValue() < 0 || socket.getPortValue() > 65535) {
      throw findings.refusal(at, "the port is out of range");
    }
    return new InetSocketAddress(
        InetAddresses.forString(socket.getAddress()), socket.getPortValue());
  }
}
