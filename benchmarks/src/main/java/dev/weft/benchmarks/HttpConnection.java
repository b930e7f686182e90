package dev.weft.benchmarks;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Asks for one path over one kept-alive connection, and spends as little as it can on it: the load
 * generator shares the cores with what it measures.
 */
final class HttpConnection implements Closeable {

  private static final int TIMEOUT_MILLIS = 30_000;

  private final InetSocketAddress address;
  private final byte[] request;
  private @Nullable Socket socket;
  private @Nullable BufferedInputStream in;
  private String complaint = "";

  HttpConnection(int port, String path) {
    this.address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    String text = "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\n\r\n";
    this.request = text.getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Sends the request and reads the answer whole; connects if need be.
   *
   * @return the status
   */
  int get() throws IOException {
    Socket open = socket;
    BufferedInputStream answer = in;
    if (open == null || answer == null) {
      open = new Socket();
      open.setTcpNoDelay(true);
      open.setSoTimeout(TIMEOUT_MILLIS);
      open.connect(address, TIMEOUT_MILLIS);
      answer = new BufferedInputStream(open.getInputStream());
      socket = open;
      in = answer;
    }
    try {
      open.getOutputStream().write(request);
      return read(answer);
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  private int read(BufferedInputStream answer) throws IOException {
    // "HTTP/1.1 200"
    int status = Integer.parseInt(line(answer).substring(9, 12));
    long length = -1;
    boolean chunked = false;
    boolean last = false;
    for (String header = line(answer); !header.isEmpty(); header = line(answer)) {
      int colon = header.indexOf(':');
      String value = header.substring(colon + 1).trim();
      switch (header.substring(0, colon).toLowerCase(Locale.ROOT)) {
        case "content-length" -> length = Long.parseLong(value);
        case "transfer-encoding" -> chunked = value.equalsIgnoreCase("chunked");
        case "connection" -> last = value.equalsIgnoreCase("close");
        default -> {}
      }
    }
    if (chunked) {
      long chunk;
      do {
        chunk = Long.parseLong(line(answer), 16);
        answer.skipNBytes(chunk);
        line(answer);
      } while (chunk > 0);
    } else if (length >= 0) {
      if (status == 200) {
        answer.skipNBytes(length);
      } else {
        complaint = new String(answer.readNBytes((int) length), StandardCharsets.UTF_8);
      }
    } else {
      throw new IOException("an answer of no known length");
    }
    if (last) {
      close();
    }
    return status;
  }

  /** What the last answer said that was not 200, if it said something. */
  String complaint() {
    return complaint;
  }

  private static String line(BufferedInputStream answer) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream(64);
    for (int c = answer.read(); c != '\n'; c = answer.read()) {
      if (c < 0) {
        throw new EOFException("closed within an answer");
      }
      if (c != '\r') {
        line.write(c);
      }
    }
    return line.toString(StandardCharsets.ISO_8859_1);
  }

  /** The next request connects anew. */
  @Override
  public void close() throws IOException {
    Socket open = socket;
    socket = null;
    in = null;
    if (open != null) {
      open.close();
    }
  }
}
