package dev.weft.config.istio;

import com.google.common.net.InetAddresses;
import dev.weft.config.model.EndpointSpec;
import dev.weft.config.model.ServicePort;
import dev.weft.config.source.Fields;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads what ServiceEntry's endpoints and WorkloadEntry have in common. */
final class EndpointSpecs {

  private static final int MAX_WEIGHT = 1 << 24;

  /** Istio's, which tells endpoints of several networks apart. */
  static final String NETWORK_LABEL = "topology.istio.io/network";

  private EndpointSpecs() {}

  /** Where it has an address. Without gateways between networks Istio calls it there, too. */
  static Optional<String> network(Fields fields) {
    String network = fields.string("network");
    if (network == null || network.isEmpty()) {
      return Optional.empty();
    }
    fields.warning(
        "network",
        "is only the label topology.istio.io/network: there are no gateways between networks here, so"
            + " that the endpoint is called at its own address");
    return Optional.of(network);
  }

  /** An endpoint of a ServiceEntry with these ports. */
  static EndpointSpec read(Fields fields, List<ServicePort> ports) {
    EndpointSpec endpoint = read(fields);
    for (String name : endpoint.ports().keySet()) {
      if (ports.stream().noneMatch(port -> port.name().equals(name))) {
        fields.error("ports", "\"" + name + "\" is not the name of a port of the service");
      }
    }
    return endpoint;
  }

  static EndpointSpec read(Fields fields) {
    String address = fields.requiredString("address");
    if (address.startsWith("unix://")) {
      fields.error(
          "address",
          "must not be a Unix domain socket, which neither java.net.http nor HttpURLConnection"
              + " calls: have the server listen on 127.0.0.1");
    } else if (!address.isEmpty()
        && !InetAddresses.isInetAddress(address)
        && !Names.isHost(address)) {
      fields.error("address", "\"" + address + "\" is neither an IP address nor a host name");
    }
    Map<String, Integer> ports = fields.integerMap("ports", 1, CommonFields.MAX_PORT);
    Map<String, String> labels = new LinkedHashMap<>(CommonFields.labels(fields, "labels"));
    String locality = fields.string("locality");
    Integer weight = fields.integer("weight", 0, MAX_WEIGHT);
    String serviceAccount = fields.string("serviceAccount");
    if ("istio".equals(labels.get("security.istio.io/tlsMode")) && serviceAccount == null) {
      fields.warning(
          "",
          "speaks mutual TLS but has no serviceAccount: where no identity is declared, the service"
              + " account that is called like the service is expected there");
    }
    network(fields).ifPresent(network -> labels.putIfAbsent(NETWORK_LABEL, network));
    return new EndpointSpec(
        address,
        ports,
        labels,
        locality == null ? "" : locality,
        weight == null || weight == 0 ? 1 : weight,
        serviceAccount);
  }
}
