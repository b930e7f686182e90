package dev.weft.instrumentation.tomcat;

import dev.weft.engine.Mesh;
import dev.weft.instrumentation.api.Advice;
import java.net.InetSocketAddress;
import org.apache.tomcat.util.net.NioEndpoint;

/**
 * {@code NioEndpoint.startInternal} has returned: its connections are accepted. A plain Tomcat
 * binds long before, ahead of deploying its applications.
 */
final class Serving {

  private Serving() {}

  @Advice.OnMethodExit
  static void started(@Advice.This NioEndpoint endpoint) {
    InetSocketAddress local = TomcatInternals.localAddress(endpoint);
    if (local != null) {
      Mesh.current().listeningPorts().serving(local);
    }
  }
}
