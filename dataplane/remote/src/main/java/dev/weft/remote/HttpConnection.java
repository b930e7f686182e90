package dev.weft.remote;

import dev.weft.engine.Header;
import dev.weft.engine.spi.AsyncClient.Request;
import dev.weft.engine.spi.AsyncClient.Response;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLSocket;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.DefaultConnectionReuseStrategy;
import org.apache.hc.core5.http.impl.io.DefaultBHttpClientConnection;
import org.apache.hc.core5.http.impl.io.HttpRequestExecutor;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.message.BasicClassicHttpRequest;
import org.apache.hc.core5.http.protocol.HttpCoreContext;
import org.apache.hc.core5.io.CloseMode;
import org.jspecify.annotations.Nullable;

/** One HTTP/1.1 connection, which serves one exchange after the other. Blocks. */
final class HttpConnection implements AutoCloseable {

  private static final Http1Config LIMITS =
      Http1Config.custom().setMaxLineLength(64 << 10).setMaxHeaderCount(200).build();

  private static final HttpRequestExecutor EXECUTOR = new HttpRequestExecutor();

  private final Socket tcp;
  private final DefaultBHttpClientConnection http = new DefaultBHttpClientConnection(LIMITS);
  private boolean reusable;

  /**
   * @param tcp below {@code socket}, or the same
   */
  HttpConnection(Socket tcp, Socket socket) throws IOException {
    this.tcp = tcp;
    if (socket instanceof SSLSocket secured) {
      http.bind(secured, tcp);
    } else {
      http.bind(socket);
    }
  }

  Socket tcp() {
    return tcp;
  }

  /**
   * @param maxBytes what the response's body may have
   */
  Response exchange(Request request, int maxBytes) throws IOException {
    reusable = false;
    ClassicHttpRequest message = message(request);
    HttpCoreContext context = HttpCoreContext.create();
    // Never closed but with the connection: to close the response is to read what is left of it.
    try {
      ClassicHttpResponse response = EXECUTOR.execute(message, http, context);
      List<Header> headers = new ArrayList<>();
      for (org.apache.hc.core5.http.Header header : response.getHeaders()) {
        String value = header.getValue();
        headers.add(
            new Header(header.getName().toLowerCase(Locale.ROOT), value == null ? "" : value));
      }
      byte[] body = body(response.getEntity(), maxBytes);
      reusable =
          http.isConsistent()
              && DefaultConnectionReuseStrategy.INSTANCE.keepAlive(message, response, context);
      return new Response(response.getCode(), List.copyOf(headers), body);
    } catch (HttpException e) {
      ProtocolException failure = new ProtocolException(e.getMessage());
      failure.initCause(e);
      throw failure;
    }
  }

  private static ClassicHttpRequest message(Request request) {
    ClassicHttpRequest message = new BasicClassicHttpRequest(request.method(), "/");
    // As it is: the constructor reads //a/b as the path /b of a host a, and drops fragments.
    message.setPath(request.path());
    message.addHeader("Host", request.authority());
    for (Header header : request.headers()) {
      if (!Header.belongsToConnection(header.name())) {
        message.addHeader(header.name(), header.value());
      }
    }
    byte[] body = request.body();
    if (body.length > 0 || !hasNoBody(request.method())) {
      message.addHeader("Content-Length", body.length);
      message.setEntity(new ByteArrayEntity(body, null));
    }
    return message;
  }

  /** Whether a request without a body says nothing of it (RFC 9110 §8.6). */
  private static boolean hasNoBody(String method) {
    return switch (method) {
      case "GET", "HEAD", "OPTIONS", "DELETE", "TRACE" -> true;
      default -> false;
    };
  }

  private static byte[] body(@Nullable HttpEntity entity, int maxBytes) throws IOException {
    if (entity == null) {
      return new byte[0];
    }
    if (entity.getContentLength() > maxBytes) {
      throw tooLong(maxBytes);
    }
    byte[] body = entity.getContent().readNBytes(maxBytes + 1);
    if (body.length > maxBytes) {
      throw tooLong(maxBytes);
    }
    return body;
  }

  private static IOException tooLong(int maxBytes) {
    return new IOException("the response's body has more than " + maxBytes + " bytes");
  }

  /** Whether the last exchange left it fit for another one. */
  boolean isReusable() {
    return reusable;
  }

  /** Whether the server has closed it meanwhile; takes a millisecond if not. */
  boolean isStale() {
    try {
      return http.isStale();
    } catch (IOException e) {
      return true;
    }
  }

  /** In the middle of whatever goes on. */
  void abort() {
    http.close(CloseMode.IMMEDIATE);
  }

  @Override
  public void close() {
    http.close(CloseMode.GRACEFUL);
  }
}
