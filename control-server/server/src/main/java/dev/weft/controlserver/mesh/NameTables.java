package dev.weft.controlserver.mesh;

import dev.weft.config.agent.NameTable;
import dev.weft.xds.proto.MeshHost;
import dev.weft.xds.proto.MeshPort;
import dev.weft.xds.proto.OtherHosts;

/** Name tables in their wire form, {@code weft.v1.NameTable}. */
final class NameTables {
  private NameTables() {}

  static dev.weft.xds.proto.NameTable message(NameTable table) {
    var message =
        dev.weft.xds.proto.NameTable.newBuilder()
            .setNamespace(table.namespace())
            .setOtherHosts(others(table));
    for (NameTable.Host host : table.hosts()) {
      message.addHosts(
          MeshHost.newBuilder()
              .setName(host.name())
              .addAllAddresses(host.addresses())
              .addAllPorts(host.ports().stream().map(NameTables::port).toList())
              .addAllLocalAliases(host.localAliases())
              .addAllAliases(host.aliases()));
    }
    return message.build();
  }

  private static OtherHosts others(NameTable table) {
    return switch (table.others()) {
      case LEFT_ALONE -> OtherHosts.LEFT_ALONE;
      case BLOCKED -> OtherHosts.BLOCKED;
      case PROXIED -> OtherHosts.PROXIED;
    };
  }

  private static MeshPort port(NameTable.Port port) {
    return MeshPort.newBuilder().setNumber(port.number()).setProtocol(port.protocol()).build();
  }
}
