package dev.weft.instrumentation.httpurlconnection;

import static dev.weft.instrumentation.httpurlconnection.ScriptedMesh.done;
import static dev.weft.instrumentation.httpurlconnection.WovenConnection.MESH;
import static dev.weft.instrumentation.httpurlconnection.WovenConnection.open;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.weft.engine.Answer;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.PeerMetadata;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.model.ConnectionOptions;
import dev.weft.engine.outbound.OutboundStep;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.CookieHandler;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The JDK's own class, woven in this JVM, against real servers. No host named here resolves. */
class HttpUrlConnectionTest {

  private final Set<Integer> clientPorts = ConcurrentHashMap.newKeySet();
  private final CountDownLatch released = new CountDownLatch(1);
  private HttpServer one;
  private HttpServer two;

  @BeforeEach
  void serve() throws IOException {
    one = server("one");
    two = server("two");
    MESH.drainEvents();
  }

  @AfterEach
  void stop() {
    assertThat(WovenConnection.failures()).isZero();
    released.countDown();
    one.stop(0);
    two.stop(0);
  }

  @Test
  void proxiesForSocketsAreNotForTheMesh() throws Exception {
    ProxySelector before = ProxySelector.getDefault();
    Queue<String> asked = new ConcurrentLinkedQueue<>();
    ProxySelector.setDefault(
        new ProxySelector() {
          @Override
          public List<Proxy> select(URI uri) {
            asked.add(uri.getScheme());
            return uri.getScheme().equals("socket")
                ? List.of(new Proxy(Proxy.Type.SOCKS, new InetSocketAddress("127.0.0.1", 1)))
                : List.of(Proxy.NO_PROXY);
          }

          @Override
          public void connectFailed(URI uri, SocketAddress address, IOException e) {}
        });
    try (RawServer server = RawServer.answering(RawServer.OK)) {
      MESH.on("catalog", MESH.send(server.port()), done());

      assertThat(open("/items").getResponseCode()).isEqualTo(200);
      assertThat(asked).containsExactly("http");
    } finally {
      ProxySelector.setDefault(before);
    }
  }

  /** Istio's BlackHoleCluster: the connection is reset. */
  @Test
  void tlsOfTheApplicationsMayBeForbidden() {
    assertThatThrownBy(() -> get("https://forbidden.test/"))
        .isInstanceOf(SocketException.class)
        .hasMessage("Connection reset");
    assertThatThrownBy(() -> get("https://other.invalid/"))
        .isInstanceOf(UnknownHostException.class);
  }

  private static void get(String url) throws IOException {
    URI.create(url).toURL().openConnection().getInputStream().close();
  }

  @Test
  void goesWhereTheMeshSaysThoughTheHostDoesNotResolve() throws Exception {
    MESH.on("catalog", MESH.send(port(one)), done());

    assertThat(body(open("/items?a=b"))).isEqualTo("one GET catalog:8080/items?a=b null ");

    assertThat(MESH.drainEvents())
        .containsExactly("GET catalog:8080/items?a=b true", "responded 200", "completed");
  }

  @Test
  void aHostThatIsNotTheMeshsIsLeftAlone() {
    assertThatThrownBy(() -> open("http://elsewhere.invalid/").getInputStream())
        .isInstanceOf(UnknownHostException.class);
    assertThat(MESH.drainEvents()).isEmpty();
  }

  @Test
  void editsTheRequestOnTheWireAndNotWhatTheApplicationSees() throws Exception {
    HeaderEdits edits = new HeaderEdits(List.of(), List.of(new Header("x-test", "set")), List.of());
    MESH.on("catalog", MESH.send(port(one), edits), done());
    HttpURLConnection connection = open("/items");

    assertThat(body(connection)).isEqualTo("one GET catalog:8080/items set ");
    assertThat(connection.getURL().getHost()).isEqualTo("catalog");
  }

  @Test
  void asksForSomethingElseWhenToldTo() throws Exception {
    MESH.on("catalog", MESH.send(port(one), "internal:81", "/other?c"), done());
    HttpURLConnection connection = open("/items?a=b");
    connection.setRequestMethod("POST");
    connection.setDoOutput(true);
    connection.getOutputStream().write("body".getBytes(UTF_8));

    assertThat(body(connection)).isEqualTo("one POST internal:81/other?c null body");
    assertThat(MESH.bodyAtResponse).as("for copies of it").asString().isEqualTo("body");
    assertThat(MESH.lastRequest().headers())
        .extracting(Header::name)
        .contains("host", "content-length")
        .doesNotContain("post /items?a=b http/1.1");
    assertThat(connection.getURL()).hasToString("http://catalog:8080/items?a=b");
  }

  @Test
  void whatAServerSaysOfItselfIsKeptFromTheApplication() throws Exception {
    MESH.on("catalog", MESH.send(port(one)), new OutboundStep.Done(null, PeerMetadata.REMOVAL));
    HttpURLConnection connection = open("/items");

    assertThat(connection.getHeaderField(PeerMetadata.HEADER)).isNull();
    assertThat(connection.getHeaderFields().toString())
        .containsIgnoringCase("x-other")
        .doesNotContainIgnoringCase("peer");
  }

  @Test
  void retriesAPostWithItsBodyAtAnotherEndpoint() throws Exception {
    MESH.on("catalog", MESH.send(port(one)), MESH.send(port(two)), done());
    HttpURLConnection connection = open("/fails-at-one");
    connection.setDoOutput(true);
    connection.getOutputStream().write("spindle".getBytes(UTF_8));

    assertThat(body(connection)).isEqualTo("two POST catalog:8080/fails-at-one null spindle");

    assertThat(MESH.drainEvents())
        .containsExactly(
            "POST catalog:8080/fails-at-one true",
            "responded 503",
            "completed",
            "responded 200",
            "completed");
  }

  @Test
  void retriesAFailedConnectionAtAnotherEndpoint() throws Exception {
    MESH.on("catalog", MESH.send(RawServer.closedPort()), MESH.send(port(two)), done());

    assertThat(body(open("/items"))).startsWith("two GET");
    assertThat(MESH.drainEvents()).contains("failed CONNECT ConnectException");
  }

  @Test
  void aFailureLeftAfterTheRetriesIsTheJdksOwn() throws Exception {
    MESH.on("catalog", MESH.send(RawServer.closedPort()), done());

    assertThatThrownBy(() -> open("/items").getInputStream())
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("refused");
  }

  @Test
  void answersAsTheMeshSaysWithoutAnyEndpoint() throws Exception {
    Answer answer =
        new Answer(
            403, List.of(new Header("x-why", "policy")), "denied", ResponseFlag.FAULT_INJECTED);
    MESH.on("catalog", new OutboundStep.Respond(answer));
    HttpURLConnection connection = open("/items");

    assertThat(connection.getResponseCode()).isEqualTo(403);
    assertThat(connection.getResponseMessage()).isEqualTo("Forbidden");
    assertThat(connection.getHeaderField("x-why")).isEqualTo("policy");
    try (InputStream error = connection.getErrorStream()) {
      assertThat(new String(error.readAllBytes(), UTF_8)).isEqualTo("denied");
    }
  }

  @Test
  void answersInsteadOfAnUpstreamsResponse() throws Exception {
    Answer answer = new Answer(504, List.of(), "too late", ResponseFlag.UPSTREAM_REQUEST_TIMEOUT);
    MESH.on("catalog", MESH.send(port(one)), new OutboundStep.Respond(answer));

    assertThat(open("/items").getResponseCode()).isEqualTo(504);
  }

  @Test
  void everyRedirectIsACallOfItsOwn() throws Exception {
    MESH.on("catalog", MESH.send(port(one)), done(), MESH.send(port(two)), done());

    HttpURLConnection connection = open("/moved");

    assertThat(body(connection)).isEqualTo("two GET catalog:8080/items null ");
    assertThat(connection.getURL()).hasToString("http://catalog:8080/items");
    assertThat(MESH.drainEvents())
        .filteredOn(event -> event.startsWith("GET"))
        .containsExactly("GET catalog:8080/moved true", "GET catalog:8080/items true");
  }

  @Test
  void waitsAsLongAsTheMeshSays() throws Exception {
    CompletableFuture<Void> configuration = new CompletableFuture<>();
    MESH.on("catalog", new OutboundStep.Wait(configuration), MESH.send(port(one)), done());
    CompletableFuture<String> answer =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return body(open("/items"));
              } catch (IOException e) {
                return e.toString();
              }
            });

    assertThat(answer).isNotDone();
    configuration.complete(null);

    assertThat(answer.get()).startsWith("one GET");
  }

  @Test
  void theApplicationsOwnTimeoutStaysItsOwn() throws Exception {
    MESH.on("catalog", MESH.send(port(one)), done());
    HttpURLConnection connection = open("/hangs");
    connection.setReadTimeout(50);

    assertThatThrownBy(connection::getInputStream).isInstanceOf(SocketTimeoutException.class);
    assertThat(MESH.drainEvents()).contains("failed ABORTED SocketTimeoutException");
  }

  /** Envoy, HttpProtocolOptions of config.core: 4 requests, one after another. */
  @ParameterizedTest
  @CsvSource({"2, 0, 0, 2", "0, 1, 0, 4", "0, 0, 1, 4", "9, 60000000000, 60000000000, 1"})
  void aConnectionIsUsedAsLongAsItMayBe(int requests, long age, long idle, int connections)
      throws Exception {
    MESH.limits = new ConnectionOptions(requests, Duration.ofNanos(age), Duration.ofNanos(idle));
    try {
      for (int i = 0; i < 4; i++) {
        MESH.on("catalog", MESH.send(port(one)), done());
        body(open("/items"));
      }
    } finally {
      MESH.limits = ConnectionOptions.NONE;
    }
    assertThat(clientPorts).hasSize(connections);
  }

  @Test
  void aConnectionIsKeptForTheSameEndpointOnly() throws Exception {
    for (int i = 0; i < 3; i++) {
      MESH.on("catalog", MESH.send(port(one)), done());
      body(open("/items"));
    }
    assertThat(clientPorts).hasSize(1);

    MESH.on("catalog", MESH.send(port(two)), done());
    assertThat(body(open("/items"))).startsWith("two");
    assertThat(clientPorts).hasSize(2);
  }

  @Test
  void goesElsewhereWhenAKeptConnectionsEndpointIsGone() throws Exception {
    try (ServerSocket dying = new ServerSocket(0)) {
      int gone = dying.getLocalPort();
      Thread endpoint = new Thread(() -> answerOnceAndDie(dying));
      endpoint.setDaemon(true);
      endpoint.start();
      MESH.on("catalog", MESH.send(gone), done());
      body(open("/items"));
      MESH.drainEvents();
      MESH.on("catalog", MESH.send(gone), MESH.send(port(two)), done());

      assertThat(body(open("/items"))).startsWith("two");
      assertThat(MESH.drainEvents()).contains("failed CONNECT ConnectException");
    }
  }

  @Test
  void whatACookieHandlerAsksForMeanwhileGoesItsOwnWay() throws Exception {
    List<String> answers = new ArrayList<>();
    CookieHandler before = CookieHandler.getDefault();
    CookieHandler.setDefault(
        new CookieHandler() {
          @Override
          public Map<String, List<String>> get(URI uri, Map<String, List<String>> headers) {
            return Map.of();
          }

          @Override
          public void put(URI uri, Map<String, List<String>> headers) throws IOException {
            if (uri.getHost().equals("catalog")) {
              answers.add(body(open("http://127.0.0.1:" + port(two) + "/cookies")));
            }
          }
        });
    try {
      HeaderEdits edits =
          new HeaderEdits(List.of(), List.of(new Header("x-test", "set")), List.of());
      MESH.on("catalog", MESH.send(port(one), edits), done());

      assertThat(body(open("/items"))).startsWith("one GET catalog:8080/items set");
    } finally {
      CookieHandler.setDefault(before);
    }
    assertThat(answers).containsExactly("two GET 127.0.0.1:" + port(two) + "/cookies null ");
  }

  @Test
  void moreThanTheJdksFiveIdleConnectionsAreKept() throws Exception {
    int callers = 8;
    for (int round = 0; round < 2; round++) {
      MESH.on("catalog");
      OutboundStep[] steps = new OutboundStep[callers * 2];
      AtomicInteger opened = new AtomicInteger();
      HttpURLConnection[] connections = new HttpURLConnection[callers];
      for (int i = 0; i < callers; i++) {
        steps[2 * i] = MESH.send(port(one));
        steps[2 * i + 1] = done();
      }
      MESH.on("catalog", steps);
      for (int i = 0; i < callers; i++) {
        connections[i] = open("/items");
        connections[i].getInputStream();
        opened.incrementAndGet();
      }
      for (HttpURLConnection connection : connections) {
        body(connection);
      }
      assertThat(opened).hasValue(callers);
    }
    assertThat(clientPorts).hasSize(callers);
  }

  /** Dies when the second request arrives. */
  private static void answerOnceAndDie(ServerSocket server) {
    try (Socket socket = server.accept()) {
      var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
      for (String line = in.readLine(); !line.isEmpty(); ) {
        line = in.readLine();
      }
      socket
          .getOutputStream()
          .write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".getBytes(UTF_8));
      in.readLine();
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String body(HttpURLConnection connection) throws IOException {
    try (InputStream body = connection.getInputStream()) {
      return new String(body.readAllBytes(), UTF_8);
    }
  }

  private static int port(HttpServer server) {
    return server.getAddress().getPort();
  }

  private HttpServer server(String name) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
    server.setExecutor(
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task);
              thread.setDaemon(true);
              return thread;
            }));
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            clientPorts.add(exchange.getRemoteAddress().getPort());
            String path = exchange.getRequestURI().toString();
            String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
            if (path.equals("/hangs")) {
              released.await();
            }
            int status = path.equals("/fails-at-one") && name.equals("one") ? 503 : 200;
            exchange.getResponseHeaders().set(PeerMetadata.HEADER, "AAAA");
            exchange.getResponseHeaders().set(PeerMetadata.ID_HEADER, "sidecar~a~b~c");
            exchange.getResponseHeaders().set("x-other", "yes");
            if (path.equals("/moved")) {
              exchange.getResponseHeaders().set("location", "/items");
              status = 302;
            }
            byte[] answer =
                String.join(
                        " ",
                        name,
                        exchange.getRequestMethod(),
                        exchange.getRequestHeaders().getFirst("host") + path,
                        exchange.getRequestHeaders().getFirst("x-test"),
                        body)
                    .getBytes(UTF_8);
            exchange.sendResponseHeaders(status, answer.length);
            exchange.getResponseBody().write(answer);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    server.start();
    return server;
  }
}
