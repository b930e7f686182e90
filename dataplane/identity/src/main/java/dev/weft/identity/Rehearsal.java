package dev.weft.identity;

import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;

/**
 * A handshake between two engines in memory, which loads what the JDK needs for one: some 280
 * classes of its TLS, for which the first call of a mesh host would otherwise wait, on either side.
 */
final class Rehearsal {

  private static final int MOST_STEPS = 50;
  private static final int BUFFER = 64 * 1024;
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final SSLEngine client;
  private final SSLEngine server;
  private final ByteBuffer toServer = ByteBuffer.allocate(BUFFER);
  private final ByteBuffer toClient = ByteBuffer.allocate(BUFFER);

  private Rehearsal(SSLEngine client, SSLEngine server) {
    this.client = client;
    this.server = server;
  }

  /**
   * @return whether both sides finished
   */
  static boolean of(SSLEngine client, SSLEngine server) throws SSLException {
    client.setUseClientMode(true);
    SSLParameters parameters = client.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {"http/1.1"});
    client.setSSLParameters(parameters);
    Rehearsal rehearsal = new Rehearsal(client, server);
    return rehearsal.run();
  }

  private boolean run() throws SSLException {
    client.beginHandshake();
    server.beginHandshake();
    for (int i = 0; i < MOST_STEPS; i++) {
      boolean calling = step(client, toClient, toServer);
      boolean answering = step(server, toServer, toClient);
      if (!calling && !answering) {
        return true;
      }
    }
    return false;
  }

  /**
   * @return whether the engine still had something to do
   */
  private static boolean step(SSLEngine engine, ByteBuffer in, ByteBuffer out) throws SSLException {
    switch (engine.getHandshakeStatus()) {
      case NEED_TASK -> engine.getDelegatedTask().run();
      case NEED_WRAP -> engine.wrap(NOTHING, out);
      default -> {
        in.flip();
        boolean received = in.hasRemaining();
        engine.unwrap(in, ByteBuffer.allocate(BUFFER));
        in.compact();
        return received;
      }
    }
    return true;
  }
}
