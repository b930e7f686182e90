package dev.weft.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.weft.engine.Deadline;
import dev.weft.engine.Header;
import dev.weft.engine.RequestContext;
import dev.weft.engine.outbound.ConnectionKey;
import dev.weft.engine.spi.AsyncClient.Request;
import dev.weft.engine.spi.AsyncClient.Response;
import dev.weft.engine.spi.PeerTls;
import dev.weft.identity.TestAuthority;
import dev.weft.identity.WorkloadTls;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP/1.1, with real sockets; time passes when a test says so. */
@Timeout(60)
class HttpRequestsTest {

  private static final Duration LIMIT = Duration.ofSeconds(2);
  private static final String CATALOG = "spiffe://cluster.local/ns/shop/sa/catalog";
  private static final String STOREFRONT = "spiffe://cluster.local/ns/shop/sa/storefront";

  private final TestAuthority authority = new TestAuthority();
  private final SteppedTimer timer = new SteppedTimer();
  private final ScriptedServer server = new ScriptedServer();
  private final RemoteClient client =
      new RemoteClient(new WorkloadTls(() -> authority.issue(STOREFRONT)), timer);

  @AfterEach
  void nothingIsLeft() {
    client.close();
    await().untilAsserted(() -> assertThat(server.open).isEmpty());
    server.close();
    assertThat(timer.pending()).as("clocks of requests").isLessThanOrEqualTo(1); // idle sweep
  }

  @Test
  void whatIsSentArrivesAndWhatIsAnsweredComesBack() throws Exception {
    Request request =
        new Request(
            "POST",
            "catalog.shop:8080",
            "/a?b=c/ok",
            List.of(
                new Header("x-one", "1"),
                new Header("expect", "100-continue"),
                new Header("transfer-encoding", "chunked")),
            "body".getBytes(StandardCharsets.UTF_8));

    Response response = result(client.send(plain(), request, LIMIT).toCompletableFuture());

    assertThat(server.requests)
        .containsExactly(
            "POST /a?b=c/ok HTTP/1.1\r\nHost: catalog.shop:8080\r\nx-one: 1\r\n"
                + "Content-Length: 4\r\n\r\nbody");
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.headers()).contains(new Header("x-two", "2"));
    assertThat(text(response)).isEqualTo("ok");
  }

  @ParameterizedTest
  @CsvSource({"ok,200,ok", "chunked,200,ok", "last,200,bye", "early,503,''"})
  void responsesAreReadToTheirEnd(String script, int status, String body) throws Exception {
    Response response = result(get(plain(), script));

    assertThat(response.status()).isEqualTo(status);
    assertThat(text(response)).isEqualTo(body);
  }

  @Test
  void connectionsAreReusedAndClosedWhenNobodyNeedsThem() throws Exception {
    for (String script : List.of("ok", "chunked", "early", "ok")) {
      result(get(plain(), script));
    }
    assertThat(server.accepted).hasSize(1);
    assertThat(server.open).hasSize(1);

    timer.pass(Duration.ofSeconds(9));
    assertThat(server.open).hasSize(1);
    result(get(plain(), "ok")); // looked at, found alive, used
    timer.pass(Duration.ofSeconds(9));
    assertThat(server.accepted).hasSize(1);
    assertThat(server.open).hasSize(1);

    await().until(() -> timer.pending() == 1); // the next sweep, told to by this one's thread
    timer.pass(Duration.ofSeconds(2));
    await().untilAsserted(() -> assertThat(server.open).isEmpty());
    assertThat(timer.pending()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"last", "closes"})
  void aConnectionThatTheServerClosedIsNotUsedAgain(String script) throws Exception {
    result(get(plain(), script));
    await().untilAsserted(() -> assertThat(server.open).isEmpty());
    timer.pass(Duration.ofSeconds(1));

    assertThat(text(result(get(plain(), "ok")))).isEqualTo("ok");
    assertThat(server.accepted).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"half", "garbage"})
  void whatIsNoWholeResponseIsAFailure(String script) {
    assertThatThrownBy(() -> result(get(plain(), script))).isInstanceOf(IOException.class);
    await().untilAsserted(() -> assertThat(server.open).isEmpty());
  }

  @Test
  void aBodyBeyondBoundsIsNotRead() {
    assertThatThrownBy(() -> result(get(plain(), "endless")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("more than 1048576 bytes");
    await().untilAsserted(() -> assertThat(server.open).isEmpty());
  }

  @Test
  void whatIsAskedForIsNotInterpreted() throws Exception {
    Request request = new Request("GET", "catalog", "//admin/ok", List.of(), new byte[0]);

    result(client.send(plain(), request, LIMIT).toCompletableFuture());

    assertThat(server.requests).containsExactly("GET //admin/ok HTTP/1.1\r\nHost: catalog\r\n\r\n");
  }

  @Test
  void nobodyListens() throws Exception {
    InetSocketAddress nobody;
    try (ServerSocket gone = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      nobody = (InetSocketAddress) gone.getLocalSocketAddress();
    }
    ConnectionKey key = new ConnectionKey(nobody, null);

    assertThatThrownBy(() -> result(get(key, "ok"))).isInstanceOf(ConnectException.class);
  }

  @Test
  void theTimeoutEndsTheRequestAndItsConnection() {
    CompletableFuture<Response> answer = get(plain(), "silence");
    await().untilAsserted(() -> assertThat(server.requests).hasSize(1));
    timer.pass(LIMIT.minusMillis(1));
    assertThat(answer).isNotDone();

    timer.pass(Duration.ofMillis(1));

    assertThatThrownBy(() -> result(answer))
        .isInstanceOf(SocketTimeoutException.class)
        .hasMessageContaining("within 2000 ms");
    await().untilAsserted(() -> assertThat(server.open).isEmpty());
  }

  @Test
  void theTimeoutCountsFromTheBeginning() throws Exception {
    // A listener whose queue is full answers nothing, not even the connection's making.
    try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      InetSocketAddress address = (InetSocketAddress) full.getLocalSocketAddress();
      List<Socket> fill = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        Socket socket = new Socket();
        fill.add(socket);
        try {
          socket.connect(address, 100);
        } catch (SocketTimeoutException e) {
          break;
        }
      }
      CompletableFuture<Response> answer = get(new ConnectionKey(address, null), "ok");
      timer.pass(LIMIT);

      assertThatThrownBy(() -> result(answer)).isInstanceOf(SocketTimeoutException.class);
      for (Socket socket : fill) {
        socket.close();
      }
    }
  }

  @Test
  void oneSlowDestinationWaitsForItself() throws Exception {
    List<CompletableFuture<Response>> slow = new ArrayList<>();
    for (int i = 0; i < 8 + 128; i++) {
      slow.add(get(plain(), "silence"));
    }
    assertThat(slow).noneMatch(CompletableFuture::isDone);
    assertThatThrownBy(() -> result(get(plain(), "silence"))).hasMessageContaining("too many");

    try (ScriptedServer other = new ScriptedServer()) {
      ConnectionKey key = new ConnectionKey(other.address(), null);
      assertThat(text(result(get(key, "ok")))).isEqualTo("ok");
    }
    await().untilAsserted(() -> assertThat(server.requests).hasSize(8));
    timer.pass(LIMIT);
    assertThat(slow).allMatch(CompletableFuture::isCompletedExceptionally);

    // Those that waited have given up their places, too.
    assertThat(text(result(get(plain(), "ok")))).isEqualTo("ok");
  }

  @Test
  void mutualTlsAsTheMeshSpeaksIt() throws Exception {
    try (TlsFront front =
        new TlsFront(authority.issue(CATALOG), server.address(), "istio-http/1.1")) {
      ConnectionKey key = secured(front, CATALOG);

      assertThat(text(result(get(key, "ok")))).isEqualTo("ok");
      assertThat(text(result(get(key, "chunked")))).isEqualTo("ok");

      assertThat(front.callers).containsExactly(STOREFRONT);
      assertThat(front.offered.get(0)).contains("istio-http/1.1", "istio");
    }
  }

  @Test
  void aServerThatIsNotWhoItMustBeIsSentNothing() throws Exception {
    try (TlsFront front =
        new TlsFront(authority.issue(CATALOG), server.address(), "istio-http/1.1")) {
      ConnectionKey key = secured(front, "spiffe://cluster.local/ns/shop/sa/other");

      assertThatThrownBy(() -> result(get(key, "ok")))
          .isInstanceOf(IOException.class)
          .hasStackTraceContaining("not among the identities");
      assertThat(server.requests).isEmpty();
    }
  }

  @Test
  void aHandshakeThatIsNotAnsweredEndsInTime() throws Exception {
    try (ServerSocket mute = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      PeerTls peer = new PeerTls("sni", List.of(CATALOG), List.of("istio-http/1.1"));
      ConnectionKey key = new ConnectionKey((InetSocketAddress) mute.getLocalSocketAddress(), peer);
      CompletableFuture<Response> answer = get(key, "ok");
      try (Socket accepted = mute.accept()) {
        assertThat(accepted.getInputStream().read()).isEqualTo(22); // a handshake record
        timer.pass(LIMIT);

        assertThatThrownBy(() -> result(answer)).isInstanceOf(SocketTimeoutException.class);
        await().untilAsserted(() -> assertThat(ended(accepted)).isTrue());
      }
    }
  }

  @Test
  void withoutACertificateThereIsNoMutualTls() throws Exception {
    try (RemoteClient nobody = new RemoteClient(new WorkloadTls(() -> null), timer)) {
      PeerTls peer = new PeerTls("sni", List.of(CATALOG), List.of());
      Request request = new Request("GET", "catalog", "/ok", List.of(), new byte[0]);

      assertThatThrownBy(
              () ->
                  result(
                      nobody
                          .send(new ConnectionKey(server.address(), peer), request, LIMIT)
                          .toCompletableFuture()))
          .hasMessageContaining("no valid certificate");
      assertThat(server.requests).isEmpty();
    }
  }

  @Test
  void whatDependsOnAnAnswerIsNotWeftsOwn() throws Exception {
    RequestContext request = new RequestContext(null, Deadline.NONE);
    RequestContext before = RequestContext.swap(request);
    CompletableFuture<RequestContext> seen;
    try {
      seen = get(plain(), "ok").thenApply(response -> RequestContext.current());
      assertThat(RequestContext.current()).isSameAs(request);
    } finally {
      RequestContext.swap(before);
    }

    // The thread's that it ends up on: nobody's, or the one that asked, if the answer was quicker.
    assertThat(result(seen)).isNotSameAs(RequestContext.OWN);
  }

  @Test
  void closingEndsWhatIsUnderWay() {
    CompletableFuture<Response> answer = get(plain(), "silence");
    await().untilAsserted(() -> assertThat(server.requests).hasSize(1));

    client.close();

    assertThatThrownBy(() -> result(answer)).hasMessageContaining("ended");
    assertThatThrownBy(() -> result(get(plain(), "ok"))).hasMessageContaining("ended");
  }

  /** Envoy's upstream_proxy_protocol, whose transport socket is beneath that of TLS. */
  @Test
  void aProxyHeaderGoesAheadOfTlsAndOfRequests() throws Exception {
    ConnectionKey plain = new ConnectionKey(server.address(), null, 1);
    assertThat(text(result(get(plain, "ok")))).isEqualTo("ok");
    assertThat(text(result(get(plain, "ok")))).isEqualTo("ok");
    assertThat(server.requests.get(0))
        .matches(
            "(?s)PROXY TCP4 127.0.0.1 127.0.0.1 \\d+ " + server.address().getPort() + "\r\nGET .*");
    assertThat(server.requests.get(1)).as("once").startsWith("GET ");
    PeerTls peer = new PeerTls("sni", List.of(CATALOG), List.of("istio-http/1.1"));
    try (ServerSocket mute = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      CompletableFuture<Response> answer =
          get(new ConnectionKey((InetSocketAddress) mute.getLocalSocketAddress(), peer, 1), "ok");
      try (Socket accepted = mute.accept()) {
        assertThat(accepted.getInputStream().readNBytes(6)).asString().isEqualTo("PROXY ");
      }
      assertThatThrownBy(() -> result(answer)).isInstanceOf(IOException.class);
    }
  }

  private static boolean ended(Socket socket) {
    try {
      return socket.getInputStream().read(new byte[4096]) < 0;
    } catch (IOException e) {
      return true;
    }
  }

  private ConnectionKey plain() {
    return new ConnectionKey(server.address(), null);
  }

  private static ConnectionKey secured(TlsFront front, String peer) {
    return new ConnectionKey(
        front.address(), new PeerTls("sni", List.of(peer), List.of("istio-http/1.1")));
  }

  private CompletableFuture<Response> get(ConnectionKey to, String script) {
    Request request = new Request("GET", "catalog", "/" + script, List.of(), new byte[0]);
    return client.send(to, request, LIMIT).toCompletableFuture();
  }

  static <T> T result(CompletableFuture<T> answer) throws Exception {
    try {
      return answer.get(20, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw (Exception) e.getCause();
    }
  }

  private static String text(Response response) {
    return new String(response.body(), StandardCharsets.ISO_8859_1);
  }
}
