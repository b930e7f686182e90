package dev.weft.instrumentation.tomcat;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** An HTTP/1.1 client that shows the wire. */
final class Wire implements Closeable {

  /**
   * @param text the body, a character for each byte
   */
  record Response(int status, Map<String, String> headers, String text) {
    /** The rest of the body's line that begins with this word. */
    String line(String word) {
      return text.lines()
          .filter(line -> line.startsWith(word + " "))
          .findFirst()
          .orElseThrow(() -> new AssertionError("no " + word + " in " + text))
          .substring(word.length() + 1);
    }
  }

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;

  private Wire(Socket socket) throws IOException {
    socket.setSoTimeout(20_000);
    this.socket = socket;
    this.in = socket.getInputStream();
    this.out = socket.getOutputStream();
  }

  static Wire plain(int port) throws IOException {
    Socket socket = new Socket();
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    socket.setTcpNoDelay(true);
    return new Wire(socket);
  }

  /**
   * @param protocols ALPN; none: the extension is not sent
   */
  static Wire tls(int port, SSLContext context, String... protocols) throws IOException {
    return tls(plain(port).socket, context, protocols);
  }

  static Wire tls(Socket plain, SSLContext context, String... protocols) throws IOException {
    SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket(plain, "127.0.0.1", 0, true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(protocols);
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return new Wire(socket);
  }

  static Wire mesh(int port, SSLContext context) throws IOException {
    return tls(port, context, "istio-http/1.1", "istio");
  }

  Socket socket() {
    return socket;
  }

  int localPort() {
    return socket.getLocalPort();
  }

  Response get(String path, String... headers) throws IOException {
    send("GET", path, headers);
    return read();
  }

  void send(String method, String path, String... headers) throws IOException {
    StringBuilder head = new StringBuilder(method + ' ' + path + " HTTP/1.1\r\nHost: app\r\n");
    for (String header : headers) {
      head.append(header).append("\r\n");
    }
    write(head.append("\r\n").toString());
  }

  void write(String text) throws IOException {
    write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  void write(byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
  }

  /** Reads a response that has no body, whatever its headers say. */
  Response readHead() throws IOException {
    int status = Integer.parseInt(readLine().split(" ", -1)[1]);
    Map<String, String> headers = new TreeMap<>();
    for (String line = readLine(); !line.isEmpty(); line = readLine()) {
      int colon = line.indexOf(':');
      headers.put(
          line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
    }
    return new Response(status, headers, "");
  }

  /** Reads a response; its body by content-length or chunks. */
  Response read() throws IOException {
    Response head = readHead();
    Map<String, String> headers = head.headers();
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    if ("chunked".equals(headers.get("transfer-encoding"))) {
      int size;
      do {
        size = Integer.parseInt(readLine(), 16);
        body.write(read(size));
        readLine();
      } while (size > 0);
    } else if (headers.containsKey("content-length")) {
      body.write(read(Integer.parseInt(headers.get("content-length"))));
    }
    return new Response(head.status(), headers, body.toString(StandardCharsets.ISO_8859_1));
  }

  byte[] read(int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException();
    }
    return bytes;
  }

  /** Whether the server has closed, or closes within the timeout, without sending anything. */
  boolean isClosedByServer() {
    try {
      return in.read() < 0;
    } catch (java.net.SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  private String readLine() throws IOException {
    List<Byte> line = new ArrayList<>();
    while (true) {
      int b = in.read();
      if (b < 0) {
        throw new EOFException();
      }
      if (b == '\n') {
        break;
      }
      if (b != '\r') {
        line.add((byte) b);
      }
    }
    byte[] bytes = new byte[line.size()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = line.get(i);
    }
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
