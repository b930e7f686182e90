package dev.weft.config.istio;

import dev.weft.config.model.MeshConfig.OutboundTraffic;
import dev.weft.config.model.Metadata;
import dev.weft.config.model.Sidecar;
import dev.weft.config.model.Sidecar.Egress;
import dev.weft.config.model.Sidecar.Import;
import dev.weft.config.model.Sidecar.OutboundPolicy;
import dev.weft.config.model.WeightedDestination;
import dev.weft.config.model.WorkloadSelector;
import dev.weft.config.source.Fields;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Reads a Sidecar; Istio's ValidateSidecar. */
final class Sidecars {

  private static final String HTTP_PROXY = "HTTP_PROXY";

  private enum CaptureMode {
    DEFAULT,
    IPTABLES,
    NONE
  }

  private Sidecars() {}

  static Sidecar read(Metadata metadata, Fields spec) {
    WorkloadSelector selector =
        spec.object(
            "workloadSelector",
            fields -> new WorkloadSelector(CommonFields.labels(fields, "labels")));
    List<Egress> egress = spec.objects("egress", Sidecars::egress);
    order(spec, egress);
    Map<Integer, Integer> maxRequests = new HashMap<>();
    spec.objects("ingress", fields -> ingress(fields, maxRequests));
    OutboundPolicy outbound = spec.object("outboundTrafficPolicy", Sidecars::outbound);
    Integer inbound = spec.object("inboundConnectionPool", InboundPools::maxRequests);
    if (Stream.of("egress", "ingress", "outboundTrafficPolicy", "inboundConnectionPool")
        .noneMatch(spec::has)) {
      spec.error("", "must have egress, ingress, inboundConnectionPool or outboundTrafficPolicy");
    }
    return new Sidecar(
        metadata,
        selector == null ? WorkloadSelector.ALL : selector,
        egress,
        outbound,
        inbound,
        maxRequests);
  }

  private static Egress egress(Fields fields) {
    Port port = fields.object("port", Sidecars::port);
    List<String> written = fields.strings("hosts");
    if (written.isEmpty()) {
      fields.error("hosts", "must have at least one host");
    }
    List<Import> hosts = new ArrayList<>();
    for (int i = 0; i < written.size(); i++) {
      hosts.add(host(fields, "hosts[" + i + "]", written.get(i)));
    }
    String bind = fields.string("bind");
    if (bind != null && port == null) {
      fields.error("bind", "needs a port");
    } else if (bind != null) {
      fields.warning(
          "bind",
          "has no effect in the agent: nothing listens there; a call is told by the host that it"
              + " names");
    }
    captureMode(fields);
    if (port != null && port.protocol.equals(HTTP_PROXY)) {
      fields.warning(
          "port.protocol",
          "HTTP_PROXY has no effect in the agent: no proxy listens there; the hosts are called on"
              + " this port itself");
    }
    return new Egress(port == null ? null : port.number, hosts);
  }

  private record Port(int number, String protocol) {}

  private static Port port(Fields fields) {
    Integer number = CommonFields.port(fields, "number");
    if (number == null && !fields.has("number")) {
      fields.error("number", "is required");
    }
    String protocol = fields.string("protocol");
    fields.string("name");
    fields.skip("targetPort");
    return new Port(
        number == null ? 0 : number, protocol == null ? "" : protocol.toUpperCase(Locale.ROOT));
  }

  /** {@code namespace/dnsName}. */
  private static Import host(Fields fields, String field, String written) {
    int slash = written.indexOf('/');
    String namespace = slash < 0 ? "" : written.substring(0, slash);
    String host = written.substring(slash + 1).toLowerCase(Locale.ROOT);
    if (slash < 0) {
      fields.error(field, "\"" + written + "\" is not namespace/dnsName");
    } else if (!Set.of("*", ".", "~").contains(namespace) && !Names.isDnsLabel(namespace)) {
      fields.error(field, "\"" + namespace + "\" is not a namespace, \".\", \"*\" or \"~\"");
    } else if (!Names.isWildcardHost(host)) {
      fields.error(field, "\"" + host + "\" is not a host name");
    } else if (!host.startsWith("*") && host.indexOf('.') < 0) {
      fields.error(field, "short names are not understood here: \"" + host + "\" has no domain");
    }
    return new Import(namespace, host);
  }

  /** One for each port, and at most one for all others, which is the last. */
  private static void order(Fields spec, List<Egress> egress) {
    Set<Integer> ports = new HashSet<>();
    for (int i = 0; i < egress.size(); i++) {
      Integer port = egress.get(i).port();
      if (port == null && i < egress.size() - 1) {
        spec.error("egress[" + i + "]", "without a port, must be the last");
      } else if (port != null && !ports.add(port)) {
        spec.error("egress[" + i + "]", "port " + port + " is there twice");
      }
    }
  }

  private static void captureMode(Fields fields) {
    CaptureMode mode = fields.oneOf("captureMode", CaptureMode.class);
    if (mode != null && mode != CaptureMode.DEFAULT) {
      fields.warning(
          "captureMode",
          "has no effect in the agent: it takes part in the calls of the libraries it knows, and"
              + " redirects no connection");
    }
  }

  private static OutboundPolicy outbound(Fields fields) {
    OutboundTraffic written = fields.oneOf("mode", OutboundTraffic.class);
    // In protobuf an unset mode is the first one.
    OutboundTraffic mode = written == null ? OutboundTraffic.REGISTRY_ONLY : written;
    WeightedDestination proxy = fields.object("egressProxy", Destinations::alone);
    if (proxy != null) {
      if (mode != OutboundTraffic.ALLOW_ANY) {
        fields.error("egressProxy", "must be given with mode ALLOW_ANY only");
      }
      if (proxy.port() == null) {
        fields.error("egressProxy.port", "is required");
      }
      fields.warning(
          "egressProxy",
          "is in force for http:// only: what the application itself encrypts goes where it sends it");
    }
    return new OutboundPolicy(mode, proxy);
  }

  /** Where a proxy listens for the application, which here does so itself. */
  private static boolean ingress(Fields fields, Map<Integer, Integer> maxRequests) {
    if (!fields.has("port")) {
      fields.error("port", "is required");
    }
    Port port = fields.object("port", Sidecars::port);
    fields.warning(
        "port",
        "has no effect in the agent: the application listens itself, and each port that it opens is"
            + " served and guarded, whether it is here or not");
    without(fields, "bind", "has no effect in the agent: where to listen, the application says");
    without(
        fields,
        "defaultEndpoint",
        "has no effect in the agent: a request arrives at the application's own port");
    without(
        fields,
        "tls",
        "has no effect in the agent: TLS is the application's own, or the mesh's as PeerAuthentication"
            + " says, and neither is ended for it");
    captureMode(fields);
    Integer limit = fields.object("connectionPool", InboundPools::maxRequests);
    if (port != null && limit != null) {
      maxRequests.put(port.number, limit);
    }
    return true;
  }

  private static void without(Fields fields, String name, String reason) {
    fields.skip(name);
    if (fields.has(name)) {
      fields.warning(name, reason);
    }
  }
}
