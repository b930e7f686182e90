package dev.weft.config.agent;

import java.util.List;

/** The mesh's hosts in one namespace, as one caller sees them: {@code weft.v1.NameTable}. */
public record NameTable(String namespace, List<Host> hosts) {

  /**
   * A host.
   *
   * @param name fully qualified, or {@code *.example.com}
   * @param addresses virtual addresses that stand for it
   * @param localAliases names that mean it to callers in the table's own namespace only
   * @param aliases names that mean it to every caller
   */
  public record Host(
      String name,
      List<String> addresses,
      List<Port> ports,
      List<String> localAliases,
      List<String> aliases) {}

  /** A port with its protocol as {@code weft.v1.MeshPort} calls it. */
  public record Port(int number, String protocol) {}
}
