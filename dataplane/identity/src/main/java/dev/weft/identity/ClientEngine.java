package dev.weft.identity;

import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** A client's engine for one destination. */
final class ClientEngine extends DelegatingEngine {

  /** As long as a record's content may be by RFC 8446 §5.1, and what the JDK asks for on top. */
  private static final int SCRATCH_SIZE = 17 * 1024;

  /** Where a record is decrypted that seems too long for the library's buffer. */
  private static final ThreadLocal<ByteBuffer> SCRATCH =
      ThreadLocal.withInitial(() -> ByteBuffer.allocate(SCRATCH_SIZE));

  private final ClientHandshake handshake;
  private final LibrarySettings library = new LibrarySettings();

  /** A record that was decrypted, and did not fit; null if there is none. */
  private @Nullable Decrypted waiting;

  ClientEngine(SSLEngine jdk, ClientHandshake handshake) {
    super(jdk, handshake.statistics());
    this.handshake = handshake;
    jdk.setUseClientMode(true);
    applyParameters();
  }

  private void applyParameters() {
    jdk.setSSLParameters(handshake.rewrite(jdk.getSSLParameters(), library.applicationProtocols()));
  }

  @Override
  public SSLParameters getSSLParameters() {
    return library.restore(jdk.getSSLParameters());
  }

  @Override
  public void setSSLParameters(SSLParameters parameters) {
    library.remember(parameters);
    applyParameters();
  }

  @Override
  void handshakeEnded(SSLSession session) throws SSLException {
    handshake.ended(session);
  }

  /**
   * The JDK judges whether a record fits before it decrypts it, padding and all, and pads by 16
   * bytes itself. Its own HTTP client makes its buffers as large as the largest response so far,
   * and so would make another one, of 16 KB, for most of the responses. So a record that seems too
   * long is decrypted aside, to see.
   */
  @Override
  public SSLEngineResult unwrap(ByteBuffer source, ByteBuffer target) throws SSLException {
    if (waiting != null) {
      return deliver(waiting, source, target);
    }
    int start = source.position();
    SSLEngineResult result = super.unwrap(source, target);
    if (result.getStatus() != Status.BUFFER_OVERFLOW) {
      return result;
    }
    ByteBuffer plaintext = SCRATCH.get().clear();
    result = super.unwrap(source, plaintext);
    plaintext.flip();
    if (plaintext.remaining() <= target.remaining()) {
      target.put(plaintext);
      return result;
    }
    ByteBuffer kept = ByteBuffer.allocate(plaintext.remaining()).put(plaintext).flip();
    waiting = new Decrypted(kept, result);
    source.position(start);
    return overflow(result);
  }

  /** The library asks again for the record that didn't fit. */
  private SSLEngineResult deliver(Decrypted record, ByteBuffer source, ByteBuffer target) {
    if (record.plaintext.remaining() > target.remaining()) {
      return overflow(record.result);
    }
    source.position(source.position() + record.result.bytesConsumed());
    target.put(record.plaintext);
    waiting = null;
    return record.result;
  }

  private static SSLEngineResult overflow(SSLEngineResult result) {
    return new SSLEngineResult(Status.BUFFER_OVERFLOW, result.getHandshakeStatus(), 0, 0);
  }

  private record Decrypted(ByteBuffer plaintext, SSLEngineResult result) {}
}
