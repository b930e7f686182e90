package dev.weft.config.agent;

import java.util.List;

/**
 * The mesh's hosts in one namespace, as one caller sees them: {@code weft.v1.NameTable}.
 *
 * @param others what becomes of calls to hosts of no table; in the caller's own namespace's alone
 */
public record NameTable(String namespace, List<Host> hosts, Others others) {

  /** What becomes of calls to hosts that nobody declares: {@code weft.v1.OtherHosts}. */
  public enum Others {
    LEFT_ALONE,
    BLOCKED,
    PROXIED
  }

  /**
   * A host.
   *
   * @param name fully qualified, or {@code *.example.com}
   * @param addresses virtual addresses that stand for it, and CIDR ranges of them
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
