package dev.weft.instrumentation.netty;

import dev.weft.engine.Mesh;
import dev.weft.engine.inbound.ListeningPorts;
import dev.weft.instrumentation.api.Advice;
import dev.weft.instrumentation.api.OnFailure;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Objects;

/**
 * A server channel of one of the native transports. A Netty that isn't understood is left alone:
 * what it listens on is then found in the kernel's table, and known not to be closed.
 */
final class ServerChannelAdvice {

  private ServerChannelAdvice() {}

  static final class Bind {

    private Bind() {}

    @Advice.OnMethodExit
    static void bound(@Advice.This Object server) {
      ChannelType type = ChannelType.of(server);
      if (type != null && type.localAddress(server) instanceof InetSocketAddress local) {
        // What judges its connections is there before the first comes, and the agent's jar may be
        // gone.
        Objects.requireNonNull(Accept.class);
        Objects.requireNonNull(AcceptorAdvice.class);
        ListeningPorts ports = Mesh.current().listeningPorts();
        ports.opened(local, server.getClass().getName());
        type.whenClosed(server, () -> ports.closed(local));
      }
    }
  }

  /** A connection was accepted and is a channel by now, not yet given to anybody. */
  static final class Accept {

    private Accept() {}

    @Advice.OnMethodExit
    @OnFailure("judge")
    static void accepted(@Advice.This Object server, @Advice.Return Object connection) {
      ChannelType type = ChannelType.of(server);
      if (type != null && type.localAddress(server) instanceof InetSocketAddress local) {
        admit(type, local, connection);
        refuse(type, local, connection);
      }
    }

    static void judge(Throwable failure, Object server, Object connection) {
      ChannelType type = ChannelType.of(server);
      if (type != null && type.localAddress(server) instanceof InetSocketAddress local) {
        refuse(type, local, connection);
      }
    }

    /** If its socket has a guard, what to make of the connection is for that to say. */
    private static void admit(ChannelType type, InetSocketAddress local, Object connection) {
      ListeningPorts ports = Mesh.current().listeningPorts();
      if (!ports.isGuarded(local)) {
        Admitted admitted = new Admitted(type, connection);
        ports.admitted(local.getPort(), admitted);
        type.whenClosed(connection, admitted);
      }
    }

    private static void refuse(ChannelType type, InetSocketAddress local, Object connection) {
      if (isRefused(local)) {
        type.discard(connection);
      }
    }

    /** It is if that can't be said. */
    private static boolean isRefused(InetSocketAddress local) {
      try {
        return Mesh.current().listeningPorts().refusesUnguarded(local);
      } catch (RuntimeException | LinkageError e) {
        return true;
      }
    }
  }

  /** A connection that was let in. The engine holds this weakly, the channel until it closes. */
  private record Admitted(ChannelType type, Object connection) implements Closeable, Runnable {

    @Override
    public void close() throws IOException {
      try {
        type.close(connection);
      } catch (RuntimeException e) {
        throw new IOException(e);
      }
    }

    @Override
    public void run() {
      // It has closed, and nobody holds this any longer.
    }
  }
}
