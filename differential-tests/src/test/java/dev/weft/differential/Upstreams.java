package dev.weft.differential;

import dev.weft.demo.process.Await;
import dev.weft.differential.http.Connection;
import dev.weft.differential.http.Field;
import dev.weft.differential.http.Head;
import dev.weft.differential.http.HttpSocketServer;
import dev.weft.differential.http.HttpSocketServer.Acceptor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * The servers behind both sides, at 127.0.0.1, 127.0.0.11 and following. They write down what they
 * get, and answer as the request's {@code x-answer} says: for each attempt, separated by
 * semicolons, words that are a status, {@code reset} (the connection, without an answer), {@code
 * delay=MILLISECONDS} or a response header {@code name:value}, in which {@code ~} stands for a
 * space. The last one holds for all attempts that follow. What {@code x-answer-21} says is for the
 * one at 127.0.0.21 alone.
 */
final class Upstreams implements AutoCloseable {

  private static final List<String> ADDRESSES =
      List.of("127.0.0.1", "127.0.0.11", "127.0.0.12", "127.0.0.13", "127.0.0.21", "127.0.0.22");

  /**
   * Envoy's latest as a client. In later ones a client's certificate is refused too late to tell.
   */
  private static final String[] PROTOCOLS = {"TLSv1.2"};

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /**
   * A request as one of them saw it.
   *
   * @param line method and path
   * @param tls what was asked and shown in the handshake; empty without one
   */
  record Seen(String address, String line, List<Field> headers, String body, String tls) {}

  private final List<HttpSocketServer> servers = new ArrayList<>();
  private final Map<String, List<Seen>> seen = new ConcurrentHashMap<>();

  private Upstreams() {}

  static Upstreams start(int port) throws IOException {
    Upstreams upstreams = new Upstreams();
    upstreams.listen(port, Connection::new);
    return upstreams;
  }

  /** The same on another port, by TLS: a certificate is asked for, but need not be shown. */
  void listen(int port, SSLContext tls) throws IOException {
    listen(
        port,
        tcp -> {
          SSLSocket socket = (SSLSocket) tls.getSocketFactory().createSocket(tcp, null, true);
          socket.setUseClientMode(false);
          SSLParameters parameters = socket.getSSLParameters();
          parameters.setApplicationProtocols(new String[] {"http/1.1"});
          parameters.setProtocols(PROTOCOLS);
          parameters.setWantClientAuth(true);
          socket.setSSLParameters(parameters);
          return new Connection(socket);
        });
  }

  private void listen(int port, Acceptor<Connection> acceptor) throws IOException {
    for (String address : ADDRESSES) {
      servers.add(
          HttpSocketServer.start(
              address,
              port,
              acceptor,
              (head, body, connection) -> answer(address, head, body, connection)));
    }
  }

  /** The requests with that {@code x-case}, in the order of their arrival. */
  List<Seen> seen(String caseId) {
    return List.copyOf(seen.getOrDefault(caseId, List.of()));
  }

  /** Waits until there are so many. */
  void await(String caseId, int requests) {
    Await.until(
        requests + " requests of " + caseId, PATIENCE, () -> seen(caseId).size() >= requests);
  }

  private boolean answer(String address, Head head, byte[] body, Connection connection)
      throws IOException {
    String caseId = String.valueOf(head.field("x-case"));
    List<Seen> ofCase = seen.computeIfAbsent(caseId, id -> new CopyOnWriteArrayList<>());
    String line = head.word(0) + " " + head.word(1);
    ofCase.add(
        new Seen(
            address,
            line,
            head.fields(),
            new String(body, StandardCharsets.UTF_8),
            Certificates.told(connection.socket())));
    int status = 200;
    List<Field> headers = new ArrayList<>();
    for (String word : script(answers(head, address), ofCase.size())) {
      if (word.equals("reset")) {
        connection.socket().setSoLinger(true, 0);
        return false;
      } else if (word.startsWith("delay=")) {
        pause(Long.parseLong(word.substring("delay=".length())));
      } else if (word.indexOf(':') > 0) {
        int colon = word.indexOf(':');
        headers.add(
            new Field(word.substring(0, colon), word.substring(colon + 1).replace('~', ' ')));
      } else if (!word.isEmpty()) {
        status = Integer.parseInt(word);
      }
    }
    byte[] text = "answered".getBytes(StandardCharsets.UTF_8);
    boolean bodiless = status == 204 || status == 304;
    if (!bodiless) {
      headers.add(new Field("content-length", Integer.toString(text.length)));
    }
    byte[] response = new Head("HTTP/1.1 " + status + " Upstream", headers).encoded();
    connection.out().write(response);
    if (!bodiless && !head.word(0).equals("HEAD")) {
      connection.out().write(text);
    }
    return true;
  }

  private static @Nullable String answers(Head head, String address) {
    String own = answers(head, "x-answer-" + address.substring(address.lastIndexOf('.') + 1), null);
    return answers(head, "x-answer", own);
  }

  /** As a header says, else a query parameter: what isn't a call's own has no headers. */
  private static @Nullable String answers(Head head, String name, @Nullable String first) {
    if (first != null || head.field(name) != null) {
      return first == null ? head.field(name) : first;
    }
    for (String parameter : head.word(1).split("[?&]")) {
      if (parameter.startsWith(name + "=")) {
        return parameter.substring(name.length() + 1);
      }
    }
    return null;
  }

  private static String[] script(@Nullable String answers, int attempt) {
    if (answers == null) {
      return new String[0];
    }
    String[] each = answers.split(";");
    return each[Math.min(attempt, each.length) - 1].strip().split(" ");
  }

  /** An upstream that takes its time, as the call asks for. */
  private static void pause(long millis) throws IOException {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    for (HttpSocketServer server : servers) {
      server.close();
    }
  }
}
