package app;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** Listens in each way that the JDK has, and calls itself. */
final class Servers {

  private Servers() {}

  /** Accepts one connection and answers it. */
  private interface Server {
    void serve() throws Exception;
  }

  static String socket() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      return call(
          server.getLocalPort(),
          () -> {
            try (Socket connection = server.accept()) {
              connection.getOutputStream().write('y');
            }
          });
    }
  }

  static String channel() throws Exception {
    try (ServerSocketChannel server = ServerSocketChannel.open().bind(loopback())) {
      return call(port(server.getLocalAddress()), () -> answer(server.accept()));
    }
  }

  static String nonBlockingChannel() throws Exception {
    try (ServerSocketChannel server = ServerSocketChannel.open().bind(loopback())) {
      server.configureBlocking(false);
      return call(
          port(server.getLocalAddress()),
          () -> {
            SocketChannel connection = server.accept();
            while (connection == null) {
              Thread.onSpinWait();
              connection = server.accept();
            }
            answer(connection);
          });
    }
  }

  static String channelSocket() throws Exception {
    try (ServerSocketChannel server = ServerSocketChannel.open().bind(loopback())) {
      server.socket().setSoTimeout(10_000);
      return call(
          port(server.getLocalAddress()),
          () -> {
            try (Socket connection = server.socket().accept()) {
              connection.getOutputStream().write('y');
            }
          });
    }
  }

  static String asynchronousChannel() throws Exception {
    try (AsynchronousServerSocketChannel server =
        AsynchronousServerSocketChannel.open().bind(loopback())) {
      return call(
          port(server.getLocalAddress()),
          () -> {
            try (AsynchronousSocketChannel connection = server.accept().get()) {
              connection.write(ByteBuffer.wrap(new byte[] {'y'})).get();
            }
          });
    }
  }

  private static InetSocketAddress loopback() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private static int port(Object address) {
    return ((InetSocketAddress) address).getPort();
  }

  private static void answer(SocketChannel connection) throws IOException {
    try (connection) {
      connection.write(ByteBuffer.wrap(new byte[] {'y'}));
    }
  }

  private static String call(int port, Server server) throws Exception {
    Thread thread =
        new Thread(
            () -> {
              try {
                server.serve();
              } catch (Exception e) {
                // The server was closed, or its connection.
              }
            });
    thread.setDaemon(true);
    thread.start();
    return reply(port);
  }

  private static String reply(int port) throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(10_000);
      OutputStream out = socket.getOutputStream();
      out.write('x');
      InputStream in = socket.getInputStream();
      return in.read() == 'y' ? "answered" : "closed";
    } catch (SocketTimeoutException e) {
      return "no answer";
    } catch (IOException e) {
      return "closed";
    }
  }
}
