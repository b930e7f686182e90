package dev.weft.instrumentation.tomcat;

import dev.weft.engine.Mesh;
import dev.weft.engine.inbound.FirstBytes;
import dev.weft.instrumentation.api.Advice;
import java.lang.invoke.MethodHandles;
import java.net.InetSocketAddress;
import java.util.List;
import org.apache.catalina.connector.CoyoteAdapter;
import org.apache.coyote.AbstractProtocol;
import org.apache.tomcat.util.net.NioEndpoint;
import org.jspecify.annotations.Nullable;

/** Around {@code NioEndpoint.bind}: when it has returned, its port is guarded. */
final class Binding {

  private Binding() {}

  @Advice.OnMethodEnter
  static void binds() {
    Mesh.current().listeningPorts().beginBinding();
  }

  @Advice.OnMethodExit(onThrowable = true)
  static void bound(@Advice.This NioEndpoint endpoint, @Advice.Thrown @Nullable Throwable thrown)
      throws IllegalAccessException {
    Mesh.current().listeningPorts().endBinding();
    InetSocketAddress local = thrown == null ? TomcatInternals.localAddress(endpoint) : null;
    if (local == null) {
      return; // it isn't bound, or to a Unix domain socket
    }
    int port = local.getPort();
    AbstractProtocol<?> protocol = TomcatInternals.protocol(endpoint);
    if (protocol == null || !(protocol.getAdapter() instanceof CoyoteAdapter)) {
      Trouble.report("port " + port + " isn't guarded: its requests don't pass by Catalina");
      return;
    }
    if (!RequestService.isWoven()) {
      Trouble.report("port " + port + " isn't guarded: this Tomcat isn't as expected");
      return;
    }
    // What judges a connection, or says that it can't, is there before the first comes: by then the
    // agent's jar may have been replaced.
    MethodHandles.Lookup here = MethodHandles.lookup();
    for (Class<?> guard :
        List.of(
            Admission.class,
            GuardedChannel.class,
            MeshTlsChannel.class,
            ProvenPeer.class,
            FirstBytes.class,
            Exchange.class,
            ReplayedBody.class,
            Trouble.class)) {
      here.ensureInitialized(guard);
    }
    Mesh.current().listeningPorts().guard(local, "tomcat");
  }
}
