package dev.weft.config.model;

/**
 * What holds for the whole mesh.
 *
 * @param trustDomain of every identity, such as {@code cluster.local}
 * @param rootNamespace whose policies hold in every namespace
 * @param clusterDomain ends the full name of a service
 */
public record MeshSettings(String trustDomain, String rootNamespace, String clusterDomain) {

  /** Istio's defaults. */
  public static final MeshSettings DEFAULT =
      new MeshSettings("cluster.local", "istio-system", "cluster.local");

  /** The full name of a host written in a resource of {@code namespace}: short names get one. */
  public String qualify(String host, String namespace) {
    return host.contains(".") || host.startsWith("*") ? host : serviceHost(host, namespace);
  }

  /** The full name of a service of the mesh. */
  public String serviceHost(String service, String namespace) {
    return service + "." + namespace + ".svc." + clusterDomain;
  }

  /** The SPIFFE ID of a service account. */
  public String spiffeId(String namespace, String serviceAccount) {
    return "spiffe://" + trustDomain + "/ns/" + namespace + "/sa/" + serviceAccount;
  }
}
