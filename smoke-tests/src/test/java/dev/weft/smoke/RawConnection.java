package dev.weft.smoke;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** HTTP/1.1 by hand, for what no client library would send or show. */
final class RawConnection implements AutoCloseable {

  private static final int TIMEOUT_MILLIS = 30_000;

  private final Socket socket;
  private final DataInputStream in;

  /**
   * @param headers by lower-case name
   * @param body one character for each byte
   */
  record Response(int status, Map<String, String> headers, String body) {}

  RawConnection(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(TIMEOUT_MILLIS);
    in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
  }

  void send(String text) throws IOException {
    send(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  void send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
  }

  Response get(String path) throws IOException {
    send(request(path));
    return response();
  }

  static String request(String path) {
    return head("GET " + path);
  }

  /**
   * @param target method and path
   * @param headers a name, a colon and a value each
   */
  static String head(String target, String... headers) {
    StringBuilder head = new StringBuilder(target + " HTTP/1.1\r\nHost: server\r\n");
    for (String header : headers) {
      head.append(header).append("\r\n");
    }
    return head.append("\r\n").toString();
  }

  Response response() throws IOException {
    int status = Integer.parseInt(line().split(" ", 3)[1]);
    Map<String, String> headers = new TreeMap<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      int colon = line.indexOf(':');
      headers.put(
          line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
    }
    return new Response(status, headers, body(status, headers));
  }

  private String body(int status, Map<String, String> headers) throws IOException {
    if (status == 101) {
      return "";
    }
    if (!"chunked".equals(headers.get("transfer-encoding"))) {
      return text(Integer.parseInt(headers.getOrDefault("content-length", "0")));
    }
    StringBuilder body = new StringBuilder();
    while (true) {
      int length = Integer.parseInt(line(), 16);
      body.append(text(length));
      line();
      if (length == 0) {
        return body.toString();
      }
    }
  }

  private String text(int length) throws IOException {
    return new String(exactly(length), StandardCharsets.ISO_8859_1);
  }

  byte[] exactly(int length) throws IOException {
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return bytes;
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new EOFException("the connection ended after \"" + line + "\"");
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
