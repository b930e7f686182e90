package dev.weft.identity;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;

/**
 * The smallest HTTP/1.1 server on {@link WorkloadTls#serverEngine}: answers one request for each
 * connection with the protocol agreed on and the peer's identity.
 */
final class TlsEchoServer implements AutoCloseable {

  private final WorkloadTls tls;
  private final String protocol;
  private final BlockingQueue<String> requests = new LinkedBlockingQueue<>();
  private final ServerSocketChannel listener;
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "tls-echo");
            thread.setDaemon(true);
            return thread;
          });

  TlsEchoServer(WorkloadTls tls) {
    this(tls, "http/1.1");
  }

  /**
   * @param protocol what it says that it speaks
   */
  TlsEchoServer(WorkloadTls tls, String protocol) {
    this.tls = tls;
    this.protocol = protocol;
    try {
      listener =
          ServerSocketChannel.open()
              .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 200);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    threads.execute(this::accept);
  }

  int port() {
    return listener.socket().getLocalPort();
  }

  /** What arrived on each connection, as far as the first empty line. */
  BlockingQueue<String> requests() {
    return requests;
  }

  private void accept() {
    try {
      while (true) {
        SocketChannel connection = listener.accept();
        threads.execute(() -> serve(connection));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void serve(SocketChannel channel) {
    try (channel) {
      new Connection(channel, tls.serverEngine(List.of(protocol))).serve();
    } catch (IOException e) {
      // The client sees it as well.
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private final class Connection {

    private final SocketChannel channel;
    private final SSLEngine engine;
    private final ByteBuffer in = ByteBuffer.allocate(64 * 1024);
    private final ByteBuffer out = ByteBuffer.allocate(64 * 1024);
    private final ByteBuffer request = ByteBuffer.allocate(64 * 1024);

    Connection(SocketChannel channel, SSLEngine engine) {
      this.channel = channel;
      this.engine = engine;
    }

    void serve() throws IOException {
      engine.beginHandshake();
      while (!text().contains("\r\n\r\n")) {
        advance();
      }
      requests.add(text());
      String body = engine.getApplicationProtocol() + " " + tls.peerId(engine.getSession());
      write(
          "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: "
              + body.length()
              + "\r\n\r\n"
              + body);
      engine.closeOutbound();
      write("");
    }

    private String text() {
      return new String(request.array(), 0, request.position(), StandardCharsets.US_ASCII);
    }

    private void advance() throws IOException {
      HandshakeStatus status = engine.getHandshakeStatus();
      if (status == HandshakeStatus.NEED_TASK) {
        engine.getDelegatedTask().run();
      } else if (status == HandshakeStatus.NEED_WRAP) {
        write("");
      } else {
        in.flip();
        SSLEngineResult result;
        try {
          result = engine.unwrap(in, request);
        } catch (IOException e) {
          write("");
          throw e;
        } finally {
          in.compact();
        }
        if (result.getStatus() == SSLEngineResult.Status.BUFFER_UNDERFLOW && channel.read(in) < 0) {
          throw new EOFException();
        }
      }
    }

    private void write(String text) throws IOException {
      ByteBuffer source = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
      do {
        engine.wrap(source, out);
        out.flip();
        while (out.hasRemaining()) {
          channel.write(out);
        }
        out.clear();
      } while (source.hasRemaining());
    }
  }
}
