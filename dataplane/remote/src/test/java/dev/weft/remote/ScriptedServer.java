package dev.weft.remote;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Answers each HTTP/1.1 request on a connection with what its path's last segment says. */
final class ScriptedServer implements AutoCloseable {

  /** What was read, head and body. */
  final List<String> requests = new CopyOnWriteArrayList<>();

  final List<Socket> accepted = new CopyOnWriteArrayList<>();
  final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final ServerSocket listener;

  ScriptedServer() {
    try {
      listener = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    daemon(this::accept);
  }

  InetSocketAddress address() {
    return new InetSocketAddress(listener.getInetAddress(), listener.getLocalPort());
  }

  static void daemon(Runnable task) {
    Thread thread = new Thread(task, "scripted-server");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    try {
      while (true) {
        Socket connection = listener.accept();
        accepted.add(connection);
        open.add(connection);
        daemon(() -> serve(connection));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void serve(Socket connection) {
    try (connection) {
      InputStream in = connection.getInputStream();
      for (String request = read(in); request != null; request = read(in)) {
        requests.add(request);
        String path = request.replaceFirst("^PROXY .*\r\n", "").split(" ", 3)[1];
        if (!answer(path.substring(path.lastIndexOf('/') + 1), in, connection.getOutputStream())) {
          return;
        }
      }
    } catch (IOException e) {
      // The client's business.
    } finally {
      open.remove(connection);
    }
  }

  /** Whether the connection lives on. */
  private static boolean answer(String script, InputStream in, OutputStream out)
      throws IOException {
    switch (script) {
      case "ok" -> write(out, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Two: 2\r\n\r\nok");
      case "early" ->
          write(
              out, "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n");
      case "chunked" ->
          write(out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n");
      case "last" -> {
        write(out, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nbye");
        return false;
      }
      case "closes" -> {
        write(out, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        return false;
      }
      case "half" -> {
        write(out, "HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\nhalf");
        return false;
      }
      case "garbage" -> write(out, "SSH-2.0-OpenSSH\r\n\r\n");
      case "silence" -> {
        int end = in.read();
        return end >= 0;
      }
      case "endless" -> {
        write(out, "HTTP/1.1 200 OK\r\n\r\n");
        byte[] more = new byte[100_000];
        while (true) {
          out.write(more);
        }
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
  }

  private static @Nullable String read(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        return null;
      }
      head.append((char) next);
    }
    int length = 0;
    for (String line : head.toString().split("\r\n", -1)) {
      if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
        length = Integer.parseInt(line.substring(line.indexOf(':') + 1).trim());
      }
    }
    return head + new String(in.readNBytes(length), StandardCharsets.ISO_8859_1);
  }

  @Override
  public void close() {
    try {
      listener.close();
      for (Socket connection : accepted) {
        connection.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
