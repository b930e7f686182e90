package dev.weft.instrumentation.httpurlconnection;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import javax.net.ServerSocketFactory;
import org.jspecify.annotations.Nullable;

/** A server that does as a test says with each connection, which it numbers from 1. */
final class RawServer implements AutoCloseable {

  static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

  /** What to do with a connection, which is closed afterwards. */
  interface Script {
    void run(Socket connection, int number) throws Exception;
  }

  private final ServerSocket listening;

  private RawServer(ServerSocket listening) {
    this.listening = listening;
  }

  static RawServer start(Script script) throws IOException {
    return start(ServerSocketFactory.getDefault(), script);
  }

  static RawServer start(ServerSocketFactory sockets, Script script) throws IOException {
    return start(sockets, script, Integer.MAX_VALUE);
  }

  /** Takes one connection; nobody listens any more by the time that its script runs. */
  static RawServer once(Script script) throws IOException {
    return start(ServerSocketFactory.getDefault(), script, 1);
  }

  private static RawServer start(ServerSocketFactory sockets, Script script, int last)
      throws IOException {
    RawServer server =
        new RawServer(sockets.createServerSocket(0, 50, InetAddress.getLoopbackAddress()));
    daemon(() -> server.accept(script, last));
    return server;
  }

  /** A port at which nobody listens. Where a thread waited in accept, it might take one more. */
  static int closedPort() throws IOException {
    try (ServerSocket unused = new ServerSocket(0)) {
      return unused.getLocalPort();
    }
  }

  /** Answers every request alike. */
  static RawServer answering(String response) throws IOException {
    return start(
        (connection, number) -> {
          while (head(connection) != null) {
            write(connection, response);
          }
        });
  }

  private void accept(Script script, int last) {
    for (int number = 1; number <= last; number++) {
      int current = number;
      try {
        Socket accepted = listening.accept();
        // By this thread: a socket closed under one that waits in accept may take one more.
        if (current == last) {
          listening.close();
        }
        daemon(
            () -> {
              try (accepted) {
                script.run(accepted, current);
              } catch (Exception e) {
                // The client is gone, which is what the tests are about.
              }
            });
      } catch (IOException e) {
        return;
      }
    }
  }

  /** A request's head, without its body; null if the connection ends. */
  static @Nullable String head(Socket connection) throws IOException {
    InputStream in = connection.getInputStream();
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        return null;
      }
      head.append((char) next);
    }
    return head.toString();
  }

  static void write(Socket connection, String response) throws IOException {
    connection.getOutputStream().write(response.getBytes(ISO_8859_1));
  }

  /** So that the peer gets an RST. */
  static void reset(Socket connection) throws IOException {
    connection.setSoLinger(true, 0);
    connection.close();
  }

  int port() {
    return listening.getLocalPort();
  }

  @Override
  public void close() throws IOException {
    listening.close();
  }

  private static void daemon(Runnable task) {
    Thread thread = new Thread(task, "raw server");
    thread.setDaemon(true);
    thread.start();
  }
}
