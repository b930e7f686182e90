package dev.weft.instrumentation.sockets;

import dev.weft.instrumentation.api.Advice;
import dev.weft.instrumentation.api.OnFailure;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * {@link AsynchronousServerSocketChannel}. Here an accept can't be done over: the application gets
 * the refused connection closed.
 */
final class AsynchronousChannelAdvice {

  private AsynchronousChannelAdvice() {}

  static final class Bind {

    private Bind() {}

    @Advice.OnMethodExit
    static void bound(@Advice.FieldValue("localAddress") @Nullable InetSocketAddress local) {
      Listening.opened(local, Accept.class);
    }
  }

  static final class Close {

    private Close() {}

    @Advice.OnMethodEnter
    static void closing(
        @Advice.This AsynchronousServerSocketChannel channel,
        @Advice.FieldValue("localAddress") @Nullable InetSocketAddress local) {
      if (channel.isOpen()) {
        Listening.closed(local);
      }
    }
  }

  static final class Accept {

    private Accept() {}

    @Advice.OnMethodExit
    @OnFailure("judge")
    static void accepted(
        @Advice.This AsynchronousServerSocketChannel channel,
        @Advice.Return AsynchronousSocketChannel connection)
        throws IOException {
      refuse(channel, connection);
    }

    static void judge(
        Throwable failure,
        AsynchronousServerSocketChannel channel,
        AsynchronousSocketChannel connection)
        throws IOException {
      refuse(channel, connection);
    }

    private static void refuse(
        AsynchronousServerSocketChannel channel, AsynchronousSocketChannel connection)
        throws IOException {
      Listening.admitted(channel.getLocalAddress(), connection);
      if (Listening.refuses(channel.getLocalAddress())) {
        connection.close();
      }
    }
  }
}
