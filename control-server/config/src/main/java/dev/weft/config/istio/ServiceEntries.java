package dev.weft.config.istio;

import com.google.common.net.InetAddresses;
import dev.weft.config.model.EndpointSpec;
import dev.weft.config.model.Metadata;
import dev.weft.config.model.Protocol;
import dev.weft.config.model.Resolution;
import dev.weft.config.model.ServiceEntry;
import dev.weft.config.model.ServicePort;
import dev.weft.config.source.Fields;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads a ServiceEntry. */
final class ServiceEntries {

  private static final Set<String> PROTOCOLS =
      Set.of("HTTP", "HTTPS", "GRPC", "GRPC-WEB", "HTTP2", "MONGO", "TCP", "TLS", "REDIS", "MYSQL");

  private ServiceEntries() {}

  private enum Location {
    MESH_EXTERNAL,
    MESH_INTERNAL
  }

  static ServiceEntry read(Metadata metadata, Fields spec) {
    List<String> hosts = hosts(spec);
    List<String> addresses = addresses(spec);
    List<ServicePort> ports = ports(spec);
    Location location = spec.oneOf("location", Location.class);
    Resolution given = spec.oneOf("resolution", Resolution.class);
    Resolution resolution = given == null ? Resolution.NONE : given;
    List<EndpointSpec> endpoints =
        spec.objects("endpoints", endpoint -> EndpointSpecs.read(endpoint, ports));
    Map<String, String> selector =
        spec.object("workloadSelector", fields -> CommonFields.labels(fields, "labels"));
    check(spec, hosts, endpoints, selector, resolution);
    return new ServiceEntry(
        metadata,
        hosts,
        addresses,
        ports,
        location != Location.MESH_INTERNAL,
        resolution,
        endpoints,
        selector,
        spec.strings("subjectAltNames"),
        CommonFields.visibility(spec));
  }

  private static List<String> hosts(Fields spec) {
    List<String> hosts = spec.strings("hosts");
    if (hosts.isEmpty()) {
      spec.error("hosts", "must have at least one host");
    }
    for (int i = 0; i < hosts.size(); i++) {
      String host = hosts.get(i);
      if (host.equals("*")) {
        spec.error("hosts[" + i + "]", "must not be the full wildcard \"*\"");
      } else if (!Names.isWildcardHost(host)) {
        spec.error("hosts[" + i + "]", "\"" + host + "\" is not a host name");
      }
    }
    return hosts.stream().map(host -> host.toLowerCase(Locale.ROOT)).toList();
  }

  private static List<String> addresses(Fields spec) {
    List<String> addresses = spec.strings("addresses");
    for (int i = 0; i < addresses.size(); i++) {
      String address = addresses.get(i);
      int slash = address.indexOf('/');
      if (slash < 0 ? !InetAddresses.isInetAddress(address) : !isRange(address, slash)) {
        spec.error("addresses[" + i + "]", "\"" + address + "\" is not an IP address or CIDR");
      }
    }
    return addresses;
  }

  private static boolean isRange(String text, int slash) {
    String prefix = text.substring(0, slash);
    String length = text.substring(slash + 1);
    return InetAddresses.isInetAddress(prefix)
        && length.matches("[0-9]{1,3}")
        && Integer.parseInt(length) <= (prefix.contains(":") ? 128 : 32);
  }

  private static List<ServicePort> ports(Fields spec) {
    List<ServicePort> ports = spec.objects("ports", ServiceEntries::port);
    Set<Integer> numbers = new HashSet<>();
    Set<String> names = new HashSet<>();
    for (ServicePort port : ports) {
      if (!numbers.add(port.number())) {
        spec.error("ports", "port number " + port.number() + " is defined twice");
      }
      if (!port.name().isEmpty() && !names.add(port.name())) {
        spec.error("ports", "port name " + port.name() + " is defined twice");
      }
    }
    if (ports.isEmpty() && !spec.has("ports")) {
      spec.error("ports", "must have at least one port");
    }
    return ports;
  }

  private static ServicePort port(Fields fields) {
    Integer number = CommonFields.port(fields, "number");
    if (number == null && !fields.has("number")) {
      fields.error("number", "is required");
    }
    String name = fields.requiredString("name");
    String protocol = fields.string("protocol");
    if (protocol != null && !PROTOCOLS.contains(protocol.toUpperCase(Locale.ROOT))) {
      fields.error("protocol", "\"" + protocol + "\" is not a protocol that is known");
    }
    return new ServicePort(
        number == null ? 0 : number,
        name,
        Protocol.of(protocol != null ? protocol : ""),
        CommonFields.port(fields, "targetPort"));
  }

  private static void check(
      Fields spec,
      List<String> hosts,
      List<EndpointSpec> endpoints,
      @Nullable Map<String, String> selector,
      Resolution resolution) {
    if (selector != null && !endpoints.isEmpty()) {
      spec.error("workloadSelector", "only one of workloadSelector and endpoints can be given");
    }
    if (resolution == Resolution.NONE && !endpoints.isEmpty()) {
      spec.error("endpoints", "must not be given with resolution NONE");
    }
    boolean wildcard = hosts.stream().anyMatch(host -> host.startsWith("*"));
    if (wildcard
        && endpoints.isEmpty()
        && (resolution == Resolution.DNS || resolution == Resolution.DNS_ROUND_ROBIN)) {
      spec.error("hosts", "a wildcard host can't be resolved by DNS");
    }
    for (int i = 0; i < endpoints.size(); i++) {
      boolean address = InetAddresses.isInetAddress(endpoints.get(i).address());
      if (!address && resolution == Resolution.STATIC) {
        spec.error("endpoints[" + i + "]", "address must be an IP address with resolution STATIC");
      } else if (!address && !resolution.byName()) {
        spec.warning(
            "endpoints[" + i + "]", "is ignored: its address is a host name, which is for DNS");
      }
    }
    if (resolution == Resolution.DNS_ROUND_ROBIN && endpoints.size() > 1) {
      spec.error("endpoints", "there must be 0 or 1 with resolution DNS_ROUND_ROBIN");
    }
  }
}
