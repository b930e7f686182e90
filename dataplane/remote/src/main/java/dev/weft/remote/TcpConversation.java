package dev.weft.remote;

import dev.weft.engine.outbound.ConnectionKey;
import dev.weft.engine.spi.Timer;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** Says something and waits for the right answer. */
final class TcpConversation {

  private final Undertaking<Boolean> undertaking;
  private final byte[] send;
  private final List<byte[]> receive;
  private final int maxBytes;

  /**
   * @param maxBytes what the answer may have
   */
  TcpConversation(ConnectionKey to, byte[] send, List<byte[]> receive, int maxBytes) {
    this.undertaking = new Undertaking<>(to);
    this.send = send;
    this.receive = receive;
    this.maxBytes = maxBytes;
  }

  void within(Duration timeout, Timer timer) {
    undertaking.within(timeout, timer, () -> {});
  }

  CompletionStage<Boolean> outcome() {
    return undertaking.outcome();
  }

  /** Blocks. Does nothing if its time was up before its turn came. */
  void hold(Dialer dialer) {
    if (undertaking.isOver()) {
      return;
    }
    try (Socket socket = dialer.dial(undertaking.to(), Dialer.HTTP_1_1, undertaking::uses)) {
      if (send.length > 0) {
        socket.getOutputStream().write(send);
        socket.getOutputStream().flush();
      }
      await(socket.getInputStream());
      undertaking.succeeded(true);
    } catch (IOException | RuntimeException | LinkageError e) {
      undertaking.failed(e);
    }
  }

  private void await(InputStream in) throws IOException {
    StringBuilder received = new StringBuilder();
    byte[] buffer = new byte[4096];
    while (!holds(received)) {
      int n = in.read(buffer);
      if (n < 0) {
        throw new EOFException("the connection was closed before all came that was expected");
      }
      // A character for each byte.
      received.append(new String(buffer, 0, n, StandardCharsets.ISO_8859_1));
      if (received.length() > maxBytes) {
        throw new IOException("more than " + maxBytes + " bytes, and not what was expected");
      }
    }
  }

  private boolean holds(StringBuilder received) {
    int from = 0;
    for (byte[] expected : receive) {
      String text = new String(expected, StandardCharsets.ISO_8859_1);
      int at = received.indexOf(text, from);
      if (at < 0) {
        return false;
      }
      from = at + text.length();
    }
    return true;
  }
}
