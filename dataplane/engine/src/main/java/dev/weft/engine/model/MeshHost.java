package dev.weft.engine.model;

import java.util.List;

/**
 * A host that the mesh serves.
 *
 * @param name fully qualified; may be a wildcard {@code *.example.com}, or a range of addresses
 *     {@code 10.1.0.0/16}
 * @param addresses virtual addresses that stand for it, and ranges of them
 * @param ports declared port numbers; a call to another port is not the mesh's
 */
public record MeshHost(String name, List<String> addresses, List<Integer> ports) {

  public MeshHost {
    addresses = List.copyOf(addresses);
    ports = List.copyOf(ports);
  }

  /** Whether several hosts are meant, which need not lead to the same place. */
  public boolean isMany() {
    return name.startsWith("*") || name.indexOf('/') >= 0;
  }

  /** The same host as found by one of its ranges. */
  MeshHost at(String range) {
    return new MeshHost(range, List.of(), ports);
  }
}
