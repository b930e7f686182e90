package dev.weft.differential.http;

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

  /** Begins what is spoken on a connection, on the connection's thread. */
  @FunctionalInterface
  public interface Acceptor<C extends Connection> {

    C accept(Socket socket) throws IOException;
  }

  /** Answers one request. */
  @FunctionalInterface
  public interface Handler<C extends Connection> {

    /**
     * @return whether the connection may be used again; if not, it is closed
     */
    boolean handle(Head request, byte[] body, C connection) throws IOException;
  }

  private final ServerSocket server;

  private HttpSocketServer(ServerSocket server) {
    this.server = server;
  }

  public static HttpSocketServer start(String address, int port, Handler<Connection> handler)
      throws IOException {
    return start(address, port, Connection::new, handler);
  }

  public static <C extends Connection> HttpSocketServer start(
      String address, int port, Acceptor<C> acceptor, Handler<C> handler) throws IOException {
    ServerSocket server = new ServerSocket(port, BACKLOG, InetAddress.getByName(address));
    THREADS.execute(
        () -> {
          while (!server.isClosed()) {
            try {
              Socket connection = server.accept();
              connection.setTcpNoDelay(true);
              THREADS.execute(() -> serve(connection, acceptor, handler));
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

  private static <C extends Connection> void serve(
      Socket socket, Acceptor<C> acceptor, Handler<C> handler) {
    try (socket) {
      C connection = acceptor.accept(socket);
      try (Socket secured = connection.socket()) {
        InputStream in = connection.in();
        Head head = Head.read(in);
        while (head != null && handler.handle(head, head.readBody(in, true), connection)) {
          head = Head.read(in);
        }
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
