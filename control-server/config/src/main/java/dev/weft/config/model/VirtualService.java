package dev.weft.config.model;

import java.util.List;

/**
 * Istio's VirtualService, as far as it concerns callers in the mesh.
 *
 * @param hosts as written; short names belong to the resource's namespace
 * @param routes in order: the first that matches decides
 * @param mesh whether it applies to callers in the mesh, not only to gateways
 */
public record VirtualService(
    Metadata metadata,
    List<String> hosts,
    List<RouteRule> routes,
    boolean mesh,
    Visibility visibility)
    implements Resource {

  /** The same, seen by those whom the mesh says if it says nothing itself. */
  VirtualService or(Visibility meshWide) {
    return new VirtualService(metadata, hosts, routes, mesh, visibility.or(meshWide));
  }
}
