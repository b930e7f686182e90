package dev.weft.xds.translation;

import dev.weft.engine.model.MeshHost;
import dev.weft.engine.model.MeshHosts;
import dev.weft.engine.model.OtherHosts;
import dev.weft.xds.proto.MeshPort;
import dev.weft.xds.proto.NameTable;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** The name tables of all namespaces, as one directory of hosts. */
public final class NameTables {

  private NameTables() {}

  /**
   * @param namespace the workload's own: its table comes first, and short names are its alone
   */
  public static MeshHosts hosts(Collection<NameTable> tables, String namespace) {
    List<NameTable> ordered =
        tables.stream()
            .sorted(
                Comparator.comparing((NameTable table) -> !table.getNamespace().equals(namespace))
                    .thenComparing(NameTable::getNamespace))
            .toList();
    MeshHosts.Builder hosts = MeshHosts.builder();
    for (NameTable table : ordered) {
      boolean own = table.getNamespace().equals(namespace);
      if (own) {
        hosts.others(others(table));
      }
      for (dev.weft.xds.proto.MeshHost entry : table.getHostsList()) {
        MeshHost host =
            new MeshHost(
                entry.getName(),
                entry.getAddressesList(),
                entry.getPortsList().stream().map(MeshPort::getNumber).toList());
        hosts.host(host);
        entry.getAliasesList().forEach(alias -> hosts.alias(alias, host));
        if (own) {
          entry.getLocalAliasesList().forEach(alias -> hosts.alias(alias, host));
        }
      }
    }
    return hosts.build();
  }

  private static OtherHosts others(NameTable table) {
    return switch (table.getOtherHosts()) {
      case BLOCKED -> OtherHosts.BLOCKED;
      case PROXIED -> OtherHosts.PROXIED;
      case LEFT_ALONE, UNRECOGNIZED -> OtherHosts.LEFT_ALONE;
    };
  }
}
