package dev.weft.differential;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;

/** Its backlog is full, so that who connects is neither taken nor refused. */
final class FullServer implements AutoCloseable {

  /** Longer than the machine itself takes. */
  private static final int PATIENCE_MILLIS = 500;

  private final ServerSocket server = new ServerSocket();
  private final List<Socket> waiting = new ArrayList<>();

  private FullServer(InetSocketAddress address) throws IOException {
    server.bind(address, 1);
    boolean full = false;
    while (!full) {
      Socket next = new Socket();
      waiting.add(next);
      try {
        next.connect(address, PATIENCE_MILLIS);
      } catch (SocketTimeoutException e) {
        full = true;
      }
    }
  }

  static FullServer start(String address, int port) throws IOException {
    return new FullServer(new InetSocketAddress(address, port));
  }

  @Override
  public void close() throws IOException {
    for (Socket each : waiting) {
      each.close();
    }
    server.close();
  }
}
