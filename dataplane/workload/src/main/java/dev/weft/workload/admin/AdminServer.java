package dev.weft.workload.admin;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Serves a handful of small pages over HTTP/1.1, one request for a connection, one connection at a
 * time: enough for a kubelet, a scraper and a person with curl.
 */
public final class AdminServer implements AutoCloseable {

  private static final int READ_TIMEOUT_MILLIS = 2_000;
  private static final int MAX_LINE = 8 * 1024;

  private final ServerSocket socket;
  private final Map<String, Function<String, Page>> pages;

  private AdminServer(ServerSocket socket, Map<String, Function<String, Page>> pages) {
    this.socket = socket;
    this.pages = Map.copyOf(pages);
  }

  /**
   * Starts to serve on a daemon thread.
   *
   * @param address null: all of the machine's
   * @param port taken by somebody else: any free one
   * @param pages by path; each is given the query, empty if there is none. Paths of {@code POST}
   *     pages begin with "POST "
   */
  public static AdminServer start(
      @Nullable InetAddress address, int port, Map<String, Function<String, Page>> pages)
      throws IOException {
    ServerSocket socket = new ServerSocket();
    try {
      socket.bind(new InetSocketAddress(address, port), 16);
    } catch (IOException taken) {
      socket.close();
      socket = new ServerSocket();
      socket.bind(new InetSocketAddress(address, 0), 16);
    }
    AdminServer server = new AdminServer(socket, pages);
    Thread thread = new Thread(server::serve, "weft-admin-" + server.port());
    thread.setDaemon(true);
    thread.start();
    return server;
  }

  public int port() {
    return socket.getLocalPort();
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      // It is gone either way.
    }
  }

  private void serve() {
    while (!socket.isClosed()) {
      try (Socket connection = socket.accept()) {
        connection.setSoTimeout(READ_TIMEOUT_MILLIS);
        answer(connection);
      } catch (IOException e) {
        // A visitor that went away, or close(): the loop's condition tells.
      }
    }
  }

  private void answer(Socket connection) throws IOException {
    BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(connection.getInputStream(), StandardCharsets.ISO_8859_1));
    String requestLine = line(reader);
    for (String header = line(reader); !header.isEmpty(); header = line(reader)) {
      // Nothing in a header matters here.
    }
    Page page = page(requestLine);
    byte[] body = page.body().getBytes(StandardCharsets.UTF_8);
    String head =
        "HTTP/1.1 "
            + page.status()
            + (page.status() == 200 ? " OK" : " -")
            + "\r\ncontent-type: "
            + page.contentType()
            + "\r\ncontent-length: "
            + body.length
            + "\r\nconnection: close\r\n\r\n";
    OutputStream out = connection.getOutputStream();
    out.write(head.getBytes(StandardCharsets.ISO_8859_1));
    out.write(body);
    out.flush();
  }

  private Page page(String requestLine) {
    String[] words = requestLine.split(" ");
    if (words.length != 3) {
      return Page.text(400, "not an HTTP request\n");
    }
    int question = words[1].indexOf('?');
    String path = question < 0 ? words[1] : words[1].substring(0, question);
    String query = question < 0 ? "" : words[1].substring(question + 1);
    Function<String, Page> page = pages.get(words[0].equals("GET") ? path : words[0] + " " + path);
    if (page == null) {
      return Page.text(
          404, "pages: " + String.join(", ", pages.keySet().stream().sorted().toList()) + "\n");
    }
    try {
      return page.apply(query);
    } catch (RuntimeException e) {
      return Page.text(500, e + "\n");
    }
  }

  private static String line(BufferedReader reader) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = reader.read(); c != '\n'; c = reader.read()) {
      if (c < 0 || line.length() > MAX_LINE) {
        throw new IOException("request head cut short or too long");
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }
}
