package dev.weft.differential.http;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A thread for each connection; requests of one connection come one after another. */
public final class HttpSocketServer implements AutoCloseable {

  private static final int BACKLOG = 128;

  private static final ExecutorService THREADS =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "http");
            thread.setDaemon(true);
            return thread;
          });

  /** Answers one request. */
  @FunctionalInterface
  public interface Handler {

    /**
     * @return whether the connection may be used again; if not, it is closed
     */
    boolean handle(Head request, byte[] body, Socket connection) throws IOException;
  }

  private final ServerSocket server;

  private HttpSocketServer(ServerSocket server) {
    this.server = server;
  }

  public static HttpSocketServer start(String address, int port, Handler handler)
      throws IOException {
    ServerSocket server = new ServerSocket(port, BACKLOG, InetAddress.getByName(address));
    THREADS.execute(
        () -> {
          while (!server.isClosed()) {
            try {
              Socket connection = server.accept();
              connection.setTcpNoDelay(true);
              THREADS.execute(() -> serve(connection, handler));
            } catch (IOException e) {
              // Closed, or the peer was gone before it was accepted.
            }
          }
        });
    return new HttpSocketServer(server);
  }

  /** For what a handler does beside its own thread. */
  public static ExecutorService threads() {
    return THREADS;
  }

  private static void serve(Socket connection, Handler handler) {
    try (connection) {
      InputStream in = new BufferedInputStream(connection.getInputStream());
      Head head = Head.read(in);
      while (head != null && handler.handle(head, head.readBody(in, true), connection)) {
        head = Head.read(in);
      }
    } catch (IOException e) {
      // The peer's affair: it sees its connection end.
    }
  }

  public int port() {
    return server.getLocalPort();
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
