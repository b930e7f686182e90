package dev.weft.controlserver.xds;

import com.google.common.base.Splitter;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.weft.controlserver.identity.Identity;
import io.envoyproxy.envoy.config.core.v3.Node;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The client of one stream, from the node of its first request and the identity that its token
 * proved.
 *
 * @param node the node's id
 * @param service the service that it serves; empty if it serves none
 * @param kind which form of resources it understands
 * @param namespace where its short host names resolve, and whose rules it sees
 * @param serviceAccount the service account that it runs as
 * @param address its own IP address; empty if it doesn't say
 * @param labels the workload's labels
 * @param resolvesNames whether it looks up endpoints that are host names
 * @param proven the identity that its token proved; empty for a client without one
 */
public record XdsClient(
    String node,
    Kind kind,
    String service,
    String namespace,
    String serviceAccount,
    String address,
    Map<String, String> labels,
    boolean resolvesNames,
    Optional<Identity> proven) {

  private static final String RESOLVES_NAMES = "weft.cluster.dns";

  /** The forms of resources, chosen by node metadata {@code GENERATOR} as in Istio. */
  public enum Kind {
    /** Weft's own agent and sidecar: whole chains, pushed for one listener subscription. */
    AGENT,
    /** Proxyless gRPC. */
    GRPC,
    /** Envoy, and whoever doesn't say. */
    ENVOY
  }

  public XdsClient {
    labels = Map.copyOf(labels);
  }

  /**
   * Reads metadata by Istio's names (NAMESPACE, SERVICE_ACCOUNT, LABELS, GENERATOR), SERVICE, which
   * is Weft's, and the id, which in Istio's form is {@code sidecar~IP~NAME~DOMAIN}.
   */
  static XdsClient of(Node node, Optional<Identity> proven) {
    Struct metadata = node.getMetadata();
    Kind kind =
        switch (text(metadata, "GENERATOR").toLowerCase(Locale.ROOT)) {
          case "agent" -> Kind.AGENT;
          case "grpc" -> Kind.GRPC;
          default -> Kind.ENVOY;
        };
    return new XdsClient(
        node.getId(),
        kind,
        text(metadata, "SERVICE"),
        or(text(metadata, "NAMESPACE"), proven.map(Identity::namespace).orElse("default")),
        or(
            text(metadata, "SERVICE_ACCOUNT"),
            proven.map(Identity::serviceAccount).orElse("default")),
        address(node.getId()),
        labels(metadata),
        kind != Kind.AGENT || node.getClientFeaturesList().contains(RESOLVES_NAMES),
        proven);
  }

  private static Map<String, String> labels(Struct metadata) {
    Map<String, String> labels = new TreeMap<>();
    metadata
        .getFieldsOrDefault("LABELS", Value.getDefaultInstance())
        .getStructValue()
        .getFieldsMap()
        .forEach((key, value) -> labels.put(key, value.getStringValue()));
    return labels;
  }

  private static String address(String nodeId) {
    List<String> parts = Splitter.on('~').splitToList(nodeId);
    return parts.size() == 4 ? parts.get(1) : "";
  }

  private static String text(Struct metadata, String key) {
    return metadata.getFieldsOrDefault(key, Value.getDefaultInstance()).getStringValue();
  }

  private static String or(String value, String otherwise) {
    return value.isEmpty() ? otherwise : value;
  }
}
