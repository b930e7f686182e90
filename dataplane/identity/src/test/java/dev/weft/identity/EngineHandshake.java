package dev.weft.identity;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;

/** Lets two engines talk to each other, as a server's NIO channel and a client would drive them. */
final class EngineHandshake {

  private static final int BUFFER = 64 * 1024;

  private final SSLEngine client;
  private final SSLEngine server;
  private final ByteBuffer toServer = ByteBuffer.allocate(BUFFER);
  private final ByteBuffer toClient = ByteBuffer.allocate(BUFFER);
  private int serverFlight;

  EngineHandshake(SSLEngine client, SSLEngine server) {
    this.client = client;
    this.server = server;
  }

  /** Shakes hands, then sends a message each way, which also carries session tickets over. */
  static EngineHandshake between(SSLEngine client, SSLEngine server) throws SSLException {
    EngineHandshake handshake = new EngineHandshake(client, server);
    handshake.run();
    return handshake;
  }

  /**
   * Bytes of the server's first flight, which holds its certificate chain unless a session is
   * resumed.
   */
  int serverFlight() {
    return serverFlight;
  }

  private void run() throws SSLException {
    client.beginHandshake();
    server.beginHandshake();
    for (int i = 0; i < 100 && !(quiet(client) && quiet(server)); i++) {
      step(client, toClient, toServer);
      int sent = step(server, toServer, toClient);
      serverFlight = serverFlight == 0 ? sent : serverFlight;
    }
    exchange(client, server, toServer, "ping");
    exchange(server, client, toClient, "pong");
  }

  void serverSends(String text) throws SSLException {
    exchange(server, client, toClient, text);
  }

  private boolean quiet(SSLEngine engine) {
    return engine.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING
        && toServer.position() == 0
        && toClient.position() == 0;
  }

  private static int step(SSLEngine engine, ByteBuffer in, ByteBuffer out) throws SSLException {
    int sent = 0;
    while (true) {
      switch (engine.getHandshakeStatus()) {
        case NEED_TASK -> {
          Runnable task;
          while ((task = engine.getDelegatedTask()) != null) {
            task.run();
          }
        }
        case NEED_WRAP -> sent += engine.wrap(ByteBuffer.allocate(0), out).bytesProduced();
        default -> {
          if (!unwrap(engine, in)) {
            return sent;
          }
        }
      }
    }
  }

  private static boolean unwrap(SSLEngine engine, ByteBuffer in) throws SSLException {
    in.flip();
    SSLEngineResult result = engine.unwrap(in, ByteBuffer.allocate(BUFFER));
    in.compact();
    return result.bytesConsumed() > 0;
  }

  private static void exchange(SSLEngine from, SSLEngine to, ByteBuffer wire, String text)
      throws SSLException {
    from.wrap(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)), wire);
    ByteBuffer received = ByteBuffer.allocate(BUFFER);
    wire.flip();
    while (wire.hasRemaining()) {
      to.unwrap(wire, received);
    }
    wire.clear();
    received.flip();
    String arrived = StandardCharsets.US_ASCII.decode(received).toString();
    if (!arrived.equals(text)) {
      throw new SSLException("received <" + arrived + "> instead of <" + text + ">");
    }
  }
}
