package dev.weft.instrumentation.tomcat;

import dev.weft.engine.Attachments;
import dev.weft.engine.Mesh;
import dev.weft.engine.inbound.Unguarded;
import dev.weft.instrumentation.api.Advice;
import dev.weft.instrumentation.api.OnFailure;
import dev.weft.instrumentation.api.WovenTypes;
import java.io.Closeable;
import java.lang.ref.WeakReference;
import java.net.InetSocketAddress;
import java.util.Objects;
import org.apache.tomcat.util.net.AbstractEndpoint;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/**
 * {@code AprEndpoint} of Tomcat 9, which listens and accepts past the JDK. Nobody guards it; so its
 * port is reported, and its connections are closed where policy demands it.
 */
final class AprEndpointAdvice {

  /** Begins to serve a connection, on a thread of its own. */
  static final String CONNECTION_START =
      "org.apache.tomcat.util.net.AprEndpoint$SocketWithOptionsProcessor";

  /**
   * Where an endpoint was bound last. Native code isn't asked again, for it crashes when it is
   * asked too late.
   *
   * @param local null for a Unix domain socket
   */
  private record Bound(@Nullable InetSocketAddress local) {}

  private static final Attachments<AbstractEndpoint<?, ?>, Bound> BOUND = new Attachments<>();

  /** Keeps for as long as the connection what closes it: the engine holds that weakly. */
  private static final Attachments<SocketWrapperBase<?>, Closeable> ADMITTED = new Attachments<>();

  private AprEndpointAdvice() {}

  static final class Bind {

    private Bind() {}

    @Advice.OnMethodExit
    static void bound(@Advice.This AbstractEndpoint<?, ?> endpoint)
        throws ReflectiveOperationException {
      InetSocketAddress local = TomcatInternals.localAddress(endpoint);
      // Of a Unix domain socket, APR makes an address with no port.
      if (local == null || local.getPort() <= 0) {
        BOUND.put(endpoint, new Bound(null));
        return;
      }
      BOUND.put(endpoint, new Bound(local));
      Objects.requireNonNull(Unguarded.class); // while the agent's jar is there
      // Not reported unless its connections are going to be seen.
      Class<?> start = Class.forName(CONNECTION_START, false, endpoint.getClass().getClassLoader());
      if (WovenTypes.contains(start)) {
        Mesh.current().listeningPorts().opened(local, endpoint.getClass().getName());
      }
    }
  }

  static final class Close {

    private Close() {}

    @Advice.OnMethodEnter
    static void closing(@Advice.This AbstractEndpoint<?, ?> endpoint) {
      Bound bound = BOUND.get(endpoint);
      if (bound != null && bound.local() != null) {
        Mesh.current().listeningPorts().closed(bound.local());
      }
    }
  }

  static final class Start {

    private Start() {}

    @Advice.OnMethodEnter(answers = true)
    @OnFailure("judge")
    static boolean before(@Advice.FieldValue("socket") SocketWrapperBase<?> connection) {
      Bound bound = BOUND.get(TomcatInternals.endpoint(connection));
      if (bound != null && bound.local() != null) {
        admit(bound.local(), connection);
      }
      return refuse(bound, connection);
    }

    static boolean judge(Throwable failure, SocketWrapperBase<?> connection) {
      return refuse(BOUND.get(TomcatInternals.endpoint(connection)), connection);
    }

    private static void admit(InetSocketAddress local, SocketWrapperBase<?> connection) {
      WeakReference<SocketWrapperBase<?>> weakly = new WeakReference<>(connection);
      Closeable closing = () -> close(weakly.get());
      if (Unguarded.admitted(local, closing)) {
        ADMITTED.put(connection, closing);
      }
    }

    /**
     * Whether there is nothing left to start.
     *
     * @param bound null if it isn't known what the connection came in through
     */
    private static boolean refuse(@Nullable Bound bound, SocketWrapperBase<?> connection) {
      if (bound != null && (bound.local() == null || !Unguarded.refuses(bound.local()))) {
        return false;
      }
      connection.close();
      return true;
    }

    private static void close(@Nullable SocketWrapperBase<?> connection) {
      if (connection != null) {
        connection.close();
      }
    }
  }
}
