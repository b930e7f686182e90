package dev.weft.instrumentation.tomcat;

import dev.weft.engine.Mesh;
import net.bytebuddy.asm.Advice;
import org.apache.catalina.connector.CoyoteAdapter;
import org.apache.coyote.AbstractProtocol;
import org.apache.tomcat.util.net.NioEndpoint;

/** {@code NioEndpoint.bind} has returned: its port is guarded. */
final class Binding {

  private Binding() {}

  @Advice.OnMethodExit(inline = false)
  static void bound(@Advice.This NioEndpoint endpoint) {
    int port = endpoint.getLocalPort();
    if (port <= 0) {
      return; // a Unix domain socket
    }
    AbstractProtocol<?> protocol = TomcatInternals.protocol(endpoint);
    if (protocol == null || !(protocol.getAdapter() instanceof CoyoteAdapter)) {
      Trouble.report("port " + port + " isn't guarded: its requests don't pass by Catalina");
      return;
    }
    if (!RequestService.isWoven()) {
      Trouble.report("port " + port + " isn't guarded: this Tomcat isn't as expected");
      return;
    }
    Mesh.current().listeningPorts().guard(port, "tomcat");
  }
}
