package dev.weft.instrumentation.sockets;

import dev.weft.instrumentation.api.Advice;
import dev.weft.instrumentation.api.OnFailure;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * {@link java.nio.channels.ServerSocketChannel} and its {@code socket()}. A refused connection is
 * closed and the next one accepted, if the channel blocks or there is one, of which the application
 * notices nothing.
 */
final class ServerSocketChannelAdvice {

  private ServerSocketChannelAdvice() {}

  static final class Bind {

    private Bind() {}

    @Advice.OnMethodExit
    static void bound(@Advice.FieldValue("localAddress") @Nullable SocketAddress local) {
      Listening.opened(local, Accept.class);
    }
  }

  static final class Close {

    private Close() {}

    @Advice.OnMethodEnter
    static void closing(@Advice.FieldValue("localAddress") @Nullable SocketAddress local) {
      Listening.closed(local);
    }
  }

  static final class Accept {

    private Accept() {}

    @Advice.OnMethodExit(repeats = true)
    @OnFailure("judge")
    static boolean accepted(
        @Advice.FieldValue("localAddress") @Nullable SocketAddress local,
        @Advice.Return @Nullable SocketChannel connection)
        throws IOException {
      return refused(local, connection);
    }

    static boolean judge(
        Throwable failure, @Nullable SocketAddress local, @Nullable SocketChannel connection)
        throws IOException {
      return refused(local, connection);
    }

    private static boolean refused(
        @Nullable SocketAddress local, @Nullable SocketChannel connection) throws IOException {
      if (connection == null) {
        return false;
      }
      Listening.admitted(local, connection);
      if (!Listening.refuses(local)) {
        return false;
      }
      connection.close();
      return true;
    }
  }
}
