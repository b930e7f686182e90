package dev.weft.config.model;

/**
 * What holds for the whole mesh.
 *
 * @param trustDomain of every identity, such as {@code cluster.local}
 * @param rootNamespace whose policies hold in every namespace
 * @param clusterDomain ends the full name of a service
 * @param config the rest of what MeshConfig says
 */
public record MeshSettings(
    String trustDomain, String rootNamespace, String clusterDomain, MeshConfig config) {

  /** In place of a namespace: policies that hold in every one, wherever the root is. */
  public static final String MESH = "";

  /** Istio's defaults. */
  public static final MeshSettings DEFAULT =
      new MeshSettings("cluster.local", "istio-system", "cluster.local");

  /** Where no MeshConfig says more. */
  public MeshSettings(String trustDomain, String rootNamespace, String clusterDomain) {
    this(trustDomain, rootNamespace, clusterDomain, MeshConfig.DEFAULT);
  }

  /** With what a MeshConfig says. The trust domain is the certificate authority's all the same. */
  MeshSettings with(MeshConfig said) {
    String root = said.rootNamespace();
    return new MeshSettings(trustDomain, root == null ? rootNamespace : root, clusterDomain, said);
  }

  /** The full name of a host written in a resource of {@code namespace}: short names get one. */
  public String qualify(String host, String namespace) {
    return host.contains(".") || host.startsWith("*") ? host : serviceHost(host, namespace);
  }

  /** The full name of a service of the mesh. */
  public String serviceHost(String service, String namespace) {
    return service + "." + namespace + ".svc." + clusterDomain;
  }

  /**
   * Whether a host is served by the workloads that register under its first label. But a host
   * outside the mesh, which may begin like any service, is served by nobody whom it doesn't list.
   */
  boolean servedByName(String host, String namespace, boolean external) {
    String service = Hosts.firstLabel(host);
    return !external || host.equals(service) || host.equals(serviceHost(service, namespace));
  }

  /** The SPIFFE ID that a registered workload has proven. */
  String spiffeId(RegisteredWorkload workload) {
    return spiffeId(workload.namespace(), workload.serviceAccount());
  }

  /** The SPIFFE ID of a service account. */
  public String spiffeId(String namespace, String serviceAccount) {
    return "spiffe://" + trustDomain + "/ns/" + namespace + "/sa/" + serviceAccount;
  }
}
