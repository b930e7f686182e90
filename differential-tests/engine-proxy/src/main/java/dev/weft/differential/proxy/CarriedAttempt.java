package dev.weft.differential.proxy;

import dev.weft.differential.http.Head;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.outbound.Attempt;
import dev.weft.engine.outbound.Attempt.Failure;
import dev.weft.engine.outbound.ResponseRecorder;
import dev.weft.engine.spi.MeshTls;
import dev.weft.engine.spi.UpstreamTls;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** One attempt on a connection of its own, carried to the response's end. */
final class CarriedAttempt implements Runnable {

  /** A response as it was received. */
  @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
  record Response(Head head, byte[] body) {}

  private final Attempt attempt;
  private final MeshTls tls;
  private final Head request;
  private final byte[] requestBody;
  private final CompletableFuture<@Nullable Response> response = new CompletableFuture<>();
  private volatile boolean hadHead;

  CarriedAttempt(Attempt attempt, MeshTls tls, Head request, byte[] requestBody) {
    this.attempt = attempt;
    this.tls = tls;
    this.request = request;
    this.requestBody = requestBody;
  }

  /** Blocks until it is over; null if it failed. */
  @Nullable Response response() {
    return response.join();
  }

  boolean hadHead() {
    return hadHead;
  }

  @Override
  public void run() {
    Failure kind = Failure.CONNECT;
    try (Socket tcp = new Socket()) {
      attempt.onAbort(() -> close(tcp));
      tcp.connect(
          attempt.endpoint().address(), Math.toIntExact(attempt.connectTimeout().toMillis()));
      tcp.setTcpNoDelay(true);
      Socket socket = secured(tcp);
      kind = Failure.RESET;
      Exchange.write(
          socket.getOutputStream(),
          requestLine(),
          Exchange.edited(request.fields(), attempt.requestHeaders().then(authority())),
          requestBody,
          Exchange.sized(request));
      InputStream in = new BufferedInputStream(socket.getInputStream());
      Head head = Head.read(in);
      if (head == null) {
        throw new EOFException("no response");
      }
      hadHead = true;
      attempt.responded(head.status(), Exchange.source(head));
      byte[] body = Exchange.hasBody(request) ? head.readBody(in, false) : new byte[0];
      ResponseRecorder recorder = attempt.recorder();
      if (recorder != null) {
        recorder.write(ByteBuffer.wrap(body));
        recorder.end();
      }
      attempt.completed();
      response.complete(new Response(head, body));
    } catch (IOException e) {
      attempt.failed(kind, e);
      response.complete(null);
    }
  }

  private Socket secured(Socket tcp) throws IOException {
    UpstreamTls to = attempt.tls();
    if (to == null) {
      return tcp;
    }
    InetSocketAddress address = attempt.endpoint().address();
    SSLSocket socket =
        (SSLSocket)
            tls.clientContext(to)
                .getSocketFactory()
                .createSocket(tcp, address.getAddress().getHostAddress(), address.getPort(), true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {"http/1.1"});
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }

  private String requestLine() {
    String path = attempt.path();
    return path == null ? request.first() : request.word(0) + " " + path + " " + request.word(2);
  }

  private HeaderEdits authority() {
    String authority = attempt.authority();
    return authority == null
        ? HeaderEdits.NONE
        : new HeaderEdits(List.of(), List.of(new Header("host", authority)), List.of());
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // It is of no use any more either way.
    }
  }
}
