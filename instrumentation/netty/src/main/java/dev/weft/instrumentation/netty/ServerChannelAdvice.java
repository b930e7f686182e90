package dev.weft.instrumentation.netty;

import dev.weft.engine.Mesh;
import dev.weft.engine.inbound.ListeningPorts;
import dev.weft.engine.inbound.Unguarded;
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
        Objects.requireNonNull(Unguarded.class);
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

    private static void admit(ChannelType type, InetSocketAddress local, Object connection) {
      Admitted admitted = new Admitted(type, connection);
      if (Unguarded.admitted(local, admitted)) {
        type.whenClosed(connection, admitted);
      }
    }

    private static void refuse(ChannelType type, InetSocketAddress local, Object connection) {
      if (Unguarded.refuses(local)) {
        type.discard(connection);
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
