package dev.weft.config.istio;

import com.google.common.net.InetAddresses;
import dev.weft.config.model.EndpointSpec;
import dev.weft.config.model.ServicePort;
import dev.weft.config.source.Fields;
import java.util.List;
import java.util.Map;

/** Reads what ServiceEntry's endpoints and WorkloadEntry have in common. */
final class EndpointSpecs {

  private static final int MAX_WEIGHT = 1 << 24;

  private EndpointSpecs() {}

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
      fields.error("address", "Unix domain sockets are not supported");
    } else if (!address.isEmpty()
        && !InetAddresses.isInetAddress(address)
        && !Names.isHost(address)) {
      fields.error("address", "\"" + address + "\" is neither an IP address nor a host name");
    }
    Map<String, Integer> ports = fields.integerMap("ports", 1, CommonFields.MAX_PORT);
    Map<String, String> labels = CommonFields.labels(fields, "labels");
    String locality = fields.string("locality");
    Integer weight = fields.integer("weight", 0, MAX_WEIGHT);
    String serviceAccount = fields.string("serviceAccount");
    if ("istio".equals(labels.get("security.istio.io/tlsMode")) && serviceAccount == null) {
      fields.warning(
          "",
          "speaks mutual TLS but has no serviceAccount: where no identity is declared, the service"
              + " account that is called like the service is expected there");
    }
    fields.ignored("network");
    return new EndpointSpec(
        address,
        ports,
        labels,
        locality == null ? "" : locality,
        weight == null || weight == 0 ? 1 : weight,
        serviceAccount);
  }
}
