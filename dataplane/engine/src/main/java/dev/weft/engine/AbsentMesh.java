package dev.weft.engine;

import dev.weft.engine.inbound.InboundCall;
import dev.weft.engine.inbound.InboundRequest;
import dev.weft.engine.inbound.ListeningPorts;
import dev.weft.engine.outbound.OutboundCall;
import dev.weft.engine.outbound.OutboundRequest;
import dev.weft.engine.spi.MeshTls;
import dev.weft.engine.spi.Timer;
import org.jspecify.annotations.Nullable;

/**
 * Stands in until a mesh is installed. Nothing outbound belongs to it. Asked about anything inbound
 * it throws, so that a guard, which closes the connection when it fails, fails closed.
 */
final class AbsentMesh implements Mesh {

  @Override
  public @Nullable OutboundCall outbound(OutboundRequest request) {
    return null;
  }

  @Override
  public InboundCall inbound(InboundRequest request) {
    throw notInstalled();
  }

  @Override
  public ListeningPorts listeningPorts() {
    throw notInstalled();
  }

  @Override
  public MeshTls tls() {
    throw notInstalled();
  }

  @Override
  public Timer timer() {
    throw notInstalled();
  }

  private static IllegalStateException notInstalled() {
    return new IllegalStateException("no mesh is installed in this process");
  }
}
