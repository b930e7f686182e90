package dev.weft.instrumentation.sample;

import dev.weft.engine.Mesh;
import dev.weft.engine.inbound.InboundCall;
import dev.weft.engine.inbound.InboundRequest;
import dev.weft.engine.inbound.ListeningPorts;
import dev.weft.engine.inbound.MutualTlsMode;
import dev.weft.engine.outbound.OutboundCall;
import dev.weft.engine.outbound.OutboundRequest;
import dev.weft.engine.spi.MeshTls;
import dev.weft.engine.spi.Timer;
import java.io.Closeable;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Prints what it is told of listening ports; {@code sample.strict} makes it refuse. */
@SuppressWarnings("SystemOut") // for the test to read
final class SampleMesh implements Mesh, ListeningPorts {

  @Override
  public @Nullable OutboundCall outbound(OutboundRequest request) {
    return null;
  }

  @Override
  public InboundCall inbound(InboundRequest request) {
    throw new UnsupportedOperationException();
  }

  @Override
  public ListeningPorts listeningPorts() {
    return this;
  }

  @Override
  public MeshTls tls() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Timer timer() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void opened(InetSocketAddress local, String by) {
    System.out.println("opened=" + by);
  }

  @Override
  public void closed(InetSocketAddress local) {
    System.out.println("closed=" + (local.getPort() > 0));
  }

  @Override
  public void beginBinding() {}

  @Override
  public void endBinding() {}

  @Override
  public void serving(InetSocketAddress local) {}

  @Override
  public void guard(InetSocketAddress local, String by) {}

  @Override
  public MutualTlsMode mode(int port) {
    return MutualTlsMode.PERMISSIVE;
  }

  @Override
  public boolean refusesUnguarded(InetSocketAddress local) {
    return Boolean.getBoolean("sample.strict");
  }

  @Override
  public boolean isGuarded(InetSocketAddress local) {
    return false;
  }

  @Override
  public void admitted(int port, Closeable connection) {
    System.out.println("admitted=" + connection.getClass().getSimpleName());
  }

  @Override
  public List<ListeningPort> all() {
    return List.of();
  }
}
