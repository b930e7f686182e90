package dev.weft.instrumentation.httpurlconnection;

import dev.weft.engine.model.ConnectionOptions.TcpKeepalive;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketOption;
import org.jspecify.annotations.Nullable;

/** TCP's probes on a socket, as far as the platform lets them be set. */
final class Keepalive {

  private Keepalive() {}

  /**
   * A connection without probes is better than none.
   *
   * @param keepalive null: the socket stays as it is
   */
  static void apply(Socket socket, @Nullable TcpKeepalive keepalive) {
    if (keepalive == null) {
      return;
    }
    try {
      socket.setKeepAlive(true);
      for (SocketOption<?> option : socket.supportedOptions()) {
        // By name: whether module jdk.net is there is the application's choice.
        switch (option.name()) {
          case "TCP_KEEPIDLE" -> set(socket, option, keepalive.timeSeconds());
          case "TCP_KEEPINTERVAL" -> set(socket, option, keepalive.intervalSeconds());
          case "TCP_KEEPCOUNT" -> set(socket, option, keepalive.probes());
          default -> {}
        }
      }
    } catch (IOException | RuntimeException e) {
      // It goes on with those that the operating system has.
    }
  }

  @SuppressWarnings("unchecked")
  private static void set(Socket socket, SocketOption<?> option, int value) throws IOException {
    if (value > 0 && option.type() == Integer.class) {
      socket.setOption((SocketOption<Integer>) option, value);
    }
  }
}
