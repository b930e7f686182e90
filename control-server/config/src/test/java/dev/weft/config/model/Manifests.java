package dev.weft.config.model;

/** Istio's resources as YAML, each a document of its own; of namespace shop if none is given. */
final class Manifests {

  static final String A = "a.shop.svc.cluster.local";

  static final String STATIC_A =
      serviceEntry(
          "a",
          "{hosts: ["
              + A
              + "], resolution: STATIC, ports: [{number: 80, name: http, protocol: HTTP,"
              + " targetPort: 8080}]}");

  private Manifests() {}

  static String serviceEntry(String name, String spec) {
    return manifest("networking", "ServiceEntry", "shop", name, spec);
  }

  /** The service entry of {@link #A} at port 8080, with more fields. */
  static String entryOfA(String more) {
    return serviceEntry(
        "a",
        "{hosts: ["
            + A
            + "], resolution: STATIC, ports: [{number: 8080, name: http}], "
            + more
            + "}");
  }

  static String workloadEntry(String name, String spec) {
    return manifest("networking", "WorkloadEntry", "shop", name, spec);
  }

  static String servicePolicy(String namespace, String name, String spec) {
    return """
        ---
        apiVersion: weft.dev/v1alpha1
        kind: ServicePolicy
        metadata: {name: %s, namespace: %s}
        spec: %s
        """
        .formatted(name, namespace, spec);
  }

  static String destinationRule(String namespace, String name, String spec) {
    return manifest("networking", "DestinationRule", namespace, name, spec);
  }

  static String virtualService(String namespace, String name, String host) {
    String spec = "{hosts: [" + host + "], http: [{route: [{destination: {host: a}}]}]}";
    return manifest("networking", "VirtualService", namespace, name, spec);
  }

  static String peerAuthentication(String namespace, String name, String spec) {
    return manifest("security", "PeerAuthentication", namespace, name, spec);
  }

  static String authorizationPolicy(String namespace, String name, String spec) {
    return manifest("security", "AuthorizationPolicy", namespace, name, spec);
  }

  static String manifest(String group, String kind, String namespace, String name, String spec) {
    return """
        ---
        apiVersion: %s.istio.io/v1
        kind: %s
        metadata: {name: %s, namespace: %s}
        spec: %s
        """
        .formatted(group, kind, name, namespace, spec);
  }
}
