package dev.weft.engine.model;

import java.util.List;

/**
 * A host that the mesh serves.
 *
 * @param name fully qualified; may be a wildcard {@code *.example.com}
 * @param addresses virtual addresses that stand for it
 * @param ports declared port numbers; a call to another port is not the mesh's
 */
public record MeshHost(String name, List<String> addresses, List<Integer> ports) {

  public MeshHost {
    addresses = List.copyOf(addresses);
    ports = List.copyOf(ports);
  }
}
