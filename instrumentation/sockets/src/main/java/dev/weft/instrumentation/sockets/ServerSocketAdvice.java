package dev.weft.instrumentation.sockets;

import dev.weft.instrumentation.api.Advice;
import dev.weft.instrumentation.api.OnFailure;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketImpl;

/**
 * {@link ServerSocket}, and so {@code SSLServerSocket}. A refused connection is closed and the next
 * one accepted, of which the application notices nothing.
 */
final class ServerSocketAdvice {

  private static final MethodHandle CLOSE = close();

  private ServerSocketAdvice() {}

  static final class Bind {

    private Bind() {}

    @Advice.OnMethodExit
    static void bound(@Advice.This ServerSocket socket) {
      Listening.opened(
          socket.getLocalSocketAddress(), CLOSE, Accept.class, CustomAccept.class, Admission.class);
    }
  }

  static final class Close {

    private Close() {}

    @Advice.OnMethodEnter
    static void closing(@Advice.This ServerSocket socket) {
      // A channel's socket closes the channel, which has advice of its own.
      if (socket.isBound() && !socket.isClosed() && socket.getChannel() == null) {
        Listening.closed(socket.getLocalSocketAddress());
      }
    }
  }

  static final class Accept {

    private Accept() {}

    @Advice.OnMethodExit(repeats = true)
    @OnFailure("judge")
    static boolean accepted(@Advice.This ServerSocket socket, @Advice.Return SocketImpl connection)
        throws Throwable {
      return refused(socket, connection);
    }

    static boolean judge(Throwable failure, ServerSocket socket, SocketImpl connection)
        throws Throwable {
      return refused(socket, connection);
    }
  }

  /**
   * Remembers what was accepted: only here is there a socket that can be closed later. The mode is
   * looked at once more.
   */
  static final class Admission {

    private Admission() {}

    @Advice.OnMethodExit
    @OnFailure("close")
    static void admitted(@Advice.This ServerSocket listener, @Advice.Argument(0) Socket connection)
        throws IOException {
      SocketAddress local = listener.getLocalSocketAddress();
      Listening.admitted(local, connection);
      if (Listening.refuses(local)) {
        connection.close();
      }
    }

    static void close(Throwable failure, ServerSocket listener, Socket connection)
        throws IOException {
      if (Listening.refuses(listener.getLocalSocketAddress())) {
        connection.close();
      }
    }
  }

  /** Sockets whose implementation isn't the JDK's: the application gets to see the closed one. */
  static final class CustomAccept {

    private CustomAccept() {}

    @Advice.OnMethodExit
    @OnFailure("judge")
    static void accepted(
        @Advice.This ServerSocket socket, @Advice.Argument(0) SocketImpl connection)
        throws Throwable {
      refused(socket, connection);
    }

    static void judge(Throwable failure, ServerSocket socket, SocketImpl connection)
        throws Throwable {
      refused(socket, connection);
    }
  }

  private static boolean refused(ServerSocket socket, SocketImpl connection) throws Throwable {
    if (!Listening.refuses(socket.getLocalSocketAddress())) {
      return false;
    }
    CLOSE.invokeExact(connection);
    return true;
  }

  private static MethodHandle close() {
    try {
      return MethodHandles.privateLookupIn(SocketImpl.class, MethodHandles.lookup())
          .findVirtual(SocketImpl.class, "close", MethodType.methodType(void.class));
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }
}
