package dev.weft.differential.proxy;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;

/** An engine's TLS on blocking streams. One thread reads and writes. */
final class EngineTls {

  private final SSLEngine engine;
  private final InputStream encryptedIn;
  private final OutputStream encryptedOut;

  /** Both ready to be read from. */
  private final ByteBuffer encrypted;

  private final ByteBuffer plain;

  private EngineTls(SSLEngine engine, InputStream in, OutputStream out) {
    this.engine = engine;
    encryptedIn = in;
    encryptedOut = out;
    encrypted = ByteBuffer.allocate(2 * engine.getSession().getPacketBufferSize()).limit(0);
    plain = ByteBuffer.allocate(2 * engine.getSession().getApplicationBufferSize()).limit(0);
  }

  static EngineTls handshake(SSLEngine engine, InputStream in, OutputStream out)
      throws IOException {
    EngineTls tls = new EngineTls(engine, in, out);
    engine.beginHandshake();
    try {
      while (engine.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING) {
        tls.proceed();
      }
    } catch (IOException e) {
      tls.say(ByteBuffer.allocate(0)); // the alert
      throw e;
    }
    return tls;
  }

  private void proceed() throws IOException {
    switch (engine.getHandshakeStatus()) {
      case NEED_TASK -> {
        for (Runnable task = engine.getDelegatedTask();
            task != null;
            task = engine.getDelegatedTask()) {
          task.run();
        }
      }
      case NEED_WRAP -> say(ByteBuffer.allocate(0));
      default -> hear();
    }
  }

  private void say(ByteBuffer message) throws IOException {
    ByteBuffer packet = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    engine.wrap(message, packet);
    encryptedOut.write(packet.array(), 0, packet.position());
    encryptedOut.flush();
  }

  /**
   * @return false at the end
   */
  private boolean hear() throws IOException {
    plain.compact();
    SSLEngineResult result = engine.unwrap(encrypted, plain);
    plain.flip();
    if (result.getStatus() == Status.BUFFER_UNDERFLOW) {
      encrypted.compact();
      int read = encryptedIn.read(encrypted.array(), encrypted.position(), encrypted.remaining());
      encrypted.position(encrypted.position() + Math.max(read, 0)).flip();
      if (read < 0) {
        throw new EOFException("TLS ended without a word");
      }
    }
    return result.getStatus() != Status.CLOSED;
  }

  InputStream in() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        while (!plain.hasRemaining()) {
          if (engine.isInboundDone()) {
            return -1;
          }
          if (engine.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING) {
            if (!hear()) {
              return -1;
            }
          } else {
            proceed();
          }
        }
        int read = Math.min(length, plain.remaining());
        plain.get(bytes, offset, read);
        return read;
      }
    };
  }

  OutputStream out() {
    return new OutputStream() {
      @Override
      public void write(int one) throws IOException {
        write(new byte[] {(byte) one}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        ByteBuffer message = ByteBuffer.wrap(bytes, offset, length);
        while (message.hasRemaining()) {
          say(message);
        }
      }
    };
  }
}
