package dev.weft.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.engine.spi.PeerTls;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The JDK's own HTTP clients, unchanged, with a mesh context, against a server of the mesh. */
class JdkClientsTest {

  private static final SpiffeId CATALOG =
      SpiffeId.parse("spiffe://cluster.local/ns/shop/sa/catalog");
  private static final SpiffeId STOREFRONT =
      SpiffeId.parse("spiffe://cluster.local/ns/shop/sa/storefront");
  private static final PeerTls PEER =
      new PeerTls(
          "outbound_.8080_._.catalog.shop.svc.cluster.local",
          List.of(CATALOG.toString()),
          List.of("istio-http/1.1"));

  private final TestAuthority authority = new TestAuthority();
  private final WorkloadTls client = fixed(authority.issue(STOREFRONT.toString()));
  private final TlsEchoServer server =
      new TlsEchoServer(fixed(authority.issue(CATALOG.toString())));

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void httpClientSpeaksHttp1ToAnAddressOrAName() throws Exception {
    for (String host : List.of("127.0.0.1", "localhost")) {
      HttpClient http = HttpClient.newBuilder().sslContext(client.clientContext(PEER)).build();

      HttpResponse<String> response =
          http.send(
              HttpRequest.newBuilder(URI.create("https://" + host + ":" + server.port() + "/"))
                  .timeout(Duration.ofSeconds(20))
                  .build(),
              HttpResponse.BodyHandlers.ofString());

      assertThat(response.body()).isEqualTo("http/1.1 " + STOREFRONT);
      assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
    }
  }

  @Test
  void httpClientSpeaksHttp2WhereBothSidesAndTheMeshDo() throws Exception {
    PeerTls h2 = new PeerTls(PEER.sni(), PEER.allowedPeers(), List.of("istio-h2"));
    try (TlsEchoServer callee =
        new TlsEchoServer(fixed(authority.issue(CATALOG.toString())), "h2")) {
      HttpClient http = HttpClient.newBuilder().sslContext(client.clientContext(h2)).build();

      // The server closes after the preface, which is all that is of interest here.
      http.sendAsync(
              HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + callee.port() + "/"))
                  .build(),
              HttpResponse.BodyHandlers.discarding())
          .exceptionally(failure -> null)
          .get(20, TimeUnit.SECONDS);

      assertThat(callee.requests().poll(20, TimeUnit.SECONDS)).startsWith("PRI * HTTP/2.0\r\n");
    }
  }

  @Test
  void httpClientReportsAPeerThatIsNotAllowed() {
    PeerTls other = new PeerTls(PEER.sni(), List.of(STOREFRONT.toString()), List.of());
    HttpClient http = HttpClient.newBuilder().sslContext(client.clientContext(other)).build();

    assertThatThrownBy(
            () ->
                http.send(
                    HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + server.port() + "/"))
                        .build(),
                    HttpResponse.BodyHandlers.ofString()))
        .isInstanceOf(SSLHandshakeException.class)
        .hasStackTraceContaining("not among the identities");
  }

  @Test
  void httpsUrlConnectionLeavesTheIdentityToTheHandshake() throws Exception {
    HttpsURLConnection connection =
        (HttpsURLConnection)
            URI.create("https://127.0.0.1:" + server.port() + "/").toURL().openConnection();
    connection.setSSLSocketFactory(client.clientContext(PEER).getSocketFactory());

    try (InputStream body = connection.getInputStream()) {
      assertThat(new String(body.readAllBytes(), StandardCharsets.UTF_8))
          .isEqualTo("http/1.1 " + STOREFRONT);
    }
  }

  @Test
  void aSocketOverAConnectedOneTranslatesWhatALibrarySets() throws Exception {
    SSLSocketFactory factory = client.clientContext(PEER).getSocketFactory();
    try (Socket plain = new Socket(InetAddress.getLoopbackAddress(), server.port());
        SSLSocket socket = (SSLSocket) factory.createSocket(plain, "catalog", 8080, true)) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      socket.setSSLParameters(parameters);
      CountDownLatch completed = new CountDownLatch(1);
      socket.addHandshakeCompletedListener(
          event -> {
            if (event.getSocket() == socket) {
              completed.countDown();
            }
          });

      socket.startHandshake();

      assertThat(socket.getApplicationProtocol()).isEqualTo("http/1.1");
      assertThat(client.peerId(socket.getSession())).isEqualTo(CATALOG.toString());
      assertThat(client.remembersCaller(socket)).isTrue();
      assertThat(completed.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(socket.getRemoteSocketAddress())
          .isEqualTo(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
    }
  }

  @Test
  void renewalUnderLoadFailsNoHandshake() throws Exception {
    AtomicInteger renewed = new AtomicInteger();
    Svid[] callers = new Svid[1];
    Svid[] callees = new Svid[1];
    Runnable renew =
        () -> {
          callers[0] = authority.issue(STOREFRONT.toString());
          callees[0] = authority.issue(CATALOG.toString());
          renewed.incrementAndGet();
        };
    renew.run();
    WorkloadTls caller = new WorkloadTls(() -> callers[0]);
    AtomicBoolean stop = new AtomicBoolean();
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try (TlsEchoServer callee = new TlsEchoServer(new WorkloadTls(() -> callees[0]))) {
      List<Future<Integer>> loads = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        loads.add(
            threads.submit(
                () -> {
                  int calls = 0;
                  for (; !stop.get(); calls++) {
                    assertThat(get(caller, callee.port())).endsWith(STOREFRONT.toString());
                  }
                  return calls;
                }));
      }
      while (renewed.get() < 20) {
        renew.run();
        get(caller, callee.port());
      }
      stop.set(true);
      for (Future<Integer> load : loads) {
        assertThat(load.get(20, TimeUnit.SECONDS)).isPositive();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static String get(WorkloadTls tls, int port) throws IOException {
    SSLSocketFactory factory = tls.clientContext(PEER).getSocketFactory();
    try (Socket socket = factory.createSocket(InetAddress.getLoopbackAddress(), port)) {
      socket
          .getOutputStream()
          .write("GET / HTTP/1.1\r\nconnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      String response =
          new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      return response;
    }
  }

  private static WorkloadTls fixed(Svid svid) {
    return new WorkloadTls(() -> svid);
  }
}
