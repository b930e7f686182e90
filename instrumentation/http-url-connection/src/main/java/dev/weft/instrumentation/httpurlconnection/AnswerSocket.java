package dev.weft.instrumentation.httpurlconnection;

import dev.weft.engine.Answer;
import dev.weft.engine.Header;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A socket that was never connected, takes anything, and holds one response. */
final class AnswerSocket extends Socket {

  private final InputStream response;

  private AnswerSocket(byte[] response) {
    this.response = new ByteArrayInputStream(response);
  }

  static AnswerSocket of(@Nullable Answer answer) {
    if (answer == null) {
      throw new IllegalArgumentException("nothing to answer");
    }
    byte[] body = answer.content();
    StringBuilder head = new StringBuilder("HTTP/1.1 ").append(answer.status()).append(' ');
    head.append(ReasonPhrase.of(answer.status())).append("\r\n");
    for (Header header : answer.headers()) {
      head.append(header.name()).append(": ").append(header.value()).append("\r\n");
    }
    head.append("content-length: ").append(body.length).append("\r\nconnection: close\r\n\r\n");
    ByteArrayOutputStream response = new ByteArrayOutputStream();
    response.writeBytes(head.toString().getBytes(StandardCharsets.ISO_8859_1));
    response.writeBytes(body);
    return new AnswerSocket(response.toByteArray());
  }

  @Override
  public InputStream getInputStream() {
    return response;
  }

  @Override
  public OutputStream getOutputStream() {
    return OutputStream.nullOutputStream();
  }

  @Override
  public void connect(SocketAddress endpoint, int timeout) {}

  @Override
  public void setTcpNoDelay(boolean on) {}

  @Override
  public void setSoTimeout(int timeout) {}

  @Override
  public int getSoTimeout() {
    return 0;
  }

  @Override
  public boolean isConnected() {
    return true;
  }
}
