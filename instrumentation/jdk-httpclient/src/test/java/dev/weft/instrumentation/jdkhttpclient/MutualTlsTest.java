package dev.weft.instrumentation.jdkhttpclient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.weft.engine.spi.OriginatedTls;
import dev.weft.engine.spi.PeerTls;
import dev.weft.identity.WorkloadTls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class MutualTlsTest extends MeshTest {

  private static final PeerTls PEER = new PeerTls("outbound_.80_._.catalog", List.of(), List.of());
  private static final TestTls TLS = new TestTls();

  private static TlsServer one;
  private static TlsServer two;

  @BeforeAll
  static void start(@TempDir Path folder) throws Exception {
    // Before Tomcat loads anything of the client's.
    WovenClient.weave();
    one = new TlsServer(TLS, folder);
    two = new TlsServer(TLS, folder);
  }

  @AfterAll
  static void stop() throws Exception {
    one.close();
    two.close();
  }

  @BeforeEach
  void reset() {
    mesh.tls = TLS;
    for (TlsServer server : List.of(one, two)) {
      server.seen.clear();
      server.clientPorts.clear();
    }
  }

  private static HttpClient client(Version version) {
    return HttpClient.newBuilder()
        .version(version)
        .followRedirects(HttpClient.Redirect.NORMAL)
        .build();
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void encryptsAndShowsNothingOfIt(Version version) throws Exception {
    mesh.service("catalog").at(one.port()).peer = PEER;

    HttpResponse<String> response =
        client(version).send(get("http://catalog:80/items"), BodyHandlers.ofString());

    assertThat(response.body()).isEqualTo("CN=client");
    assertThat(response.version()).isEqualTo(version);
    assertThat(response.uri()).isEqualTo(URI.create("http://catalog:80/items"));
    assertThat(response.sslSession()).isEmpty();
    assertThat(one.seen.get(0).protocol())
        .isEqualTo(version == Version.HTTP_2 ? "HTTP/2.0" : "HTTP/1.1");
    if (version == Version.HTTP_1_1) {
      assertThat(one.seen.get(0).host()).isEqualTo("catalog");
    }
    assertThat(mesh.onlyCall().attempt(1).story()).containsExactly("responded 200", "completed");
  }

  /** DestinationRule's SIMPLE, with the contexts that the agent has: no certificate of the mesh. */
  @ParameterizedTest
  @EnumSource(Version.class)
  void carriesPlainCallsOverTheTlsOfServersOutsideTheMesh(Version version, @TempDir Path folder)
      throws Exception {
    Path roots = folder.resolve("roots.pem");
    Files.writeString(
        roots,
        "-----BEGIN CERTIFICATE-----\n"
            + Base64.getMimeEncoder().encodeToString(TLS.server.getCertificate("key").getEncoded())
            + "\n-----END CERTIFICATE-----\n");
    OriginatedTls known = outside("localhost", roots);
    OriginatedTls other = outside("elsewhere.example", roots);
    WorkloadTls contexts = new WorkloadTls(() -> null);
    contexts.use(Set.of(known, other));
    mesh.tls = contexts;
    mesh.service("catalog").at(one.port()).peer = known;
    mesh.service("other").at(one.port()).peer = other;
    HttpClient client = client(version);

    HttpResponse<String> response = client.send(get("http://catalog/"), BodyHandlers.ofString());

    assertThat(response.body()).isEqualTo("anonymous");
    assertThat(response.version()).isEqualTo(version);
    assertThat(client.send(get("http://catalog/"), BodyHandlers.ofString()).statusCode())
        .isEqualTo(200);
    assertThat(one.clientPorts).as("the connection is kept").hasSize(1);
    assertThatThrownBy(() -> client.send(get("http://other/"), BodyHandlers.ofString()))
        .hasMessageContaining("is for none of [elsewhere.example]");
    contexts.use(Set.of());
  }

  private static OriginatedTls outside(String name, Path roots) {
    return new OriginatedTls(
        "localhost", List.of(name), true, roots.toString(), null, null, List.of());
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void usesBothEndpointsAndKeepsTheirConnections(Version version) throws Exception {
    mesh.service("catalog").at(one.port(), two.port()).peer = PEER;
    HttpClient client = client(version);

    for (int i = 0; i < 10; i++) {
      HttpResponse<String> response = client.send(get("http://catalog/"), BodyHandlers.ofString());
      assertThat(response.version()).isEqualTo(version);
    }

    assertThat(one.seen).hasSize(5);
    assertThat(two.seen).hasSize(5);
    assertThat(one.clientPorts).hasSize(1);
    assertThat(two.clientPorts).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void sharesNoConnectionWithTheApplicationNorWithAnotherIdentity(Version version)
      throws Exception {
    mesh.service("catalog").at(one.port()).peer = PEER;
    mesh.service("other").at(one.port()).peer = new PeerTls("other", List.of(), List.of());
    HttpClient client =
        HttpClient.newBuilder()
            .version(version)
            .sslContext(TestTls.context(null, TestTls.trusting(TLS.server)))
            .build();
    String own = "https://127.0.0.1:" + one.port() + "/";

    assertThat(client.send(get("http://catalog/"), BodyHandlers.ofString()).body())
        .isEqualTo("CN=client");
    HttpResponse<String> response = client.send(get(own), BodyHandlers.ofString());
    assertThat(response.body()).isEqualTo("anonymous");
    assertThat(response.sslSession()).isPresent();
    assertThat(client.send(get("http://other/"), BodyHandlers.ofString()).body())
        .isEqualTo("CN=client");
    assertThat(client.send(get("http://catalog/"), BodyHandlers.ofString()).body())
        .isEqualTo("CN=client");

    assertThat(one.clientPorts).hasSize(3);
    assertThat(TLS.contexts).hasSizeGreaterThanOrEqualTo(2);
  }

  /** Istio's BlackHoleCluster: the connection is reset. */
  @ParameterizedTest
  @EnumSource(Version.class)
  void tlsOfTheApplicationsMayBeForbidden(Version version) throws Exception {
    HttpClient client =
        HttpClient.newBuilder()
            .version(version)
            .sslContext(TestTls.context(null, TestTls.trusting(TLS.server)))
            .build();
    HttpRequest request = get("https://127.0.0.1:" + one.port() + "/");
    assertThat(client.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
    mesh.forbidden.add("127.0.0.1:" + one.port());

    assertThatThrownBy(() -> client.send(request, BodyHandlers.ofString()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Connection reset");
    mesh.forbidden.add("elsewhere.test:443");
    assertThatThrownBy(() -> client.send(get("https://elsewhere.test/"), BodyHandlers.ofString()))
        .hasMessageContaining("Connection reset");
    assertThat(one.seen).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void failsClosedWithoutACertificate(Version version) {
    mesh.tls = null;
    mesh.service("catalog").at(one.port()).peer = PEER;

    assertThatThrownBy(() -> client(version).send(get("http://catalog/"), BodyHandlers.ofString()))
        .isInstanceOf(SSLHandshakeException.class);
    assertThat(one.seen).isEmpty();
    assertThat(mesh.onlyCall().attempt(1).story()).containsExactly("failed CONNECT");
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void retriesWithTheBody(Version version) throws Exception {
    mesh.service("catalog").at(one.port(), two.port()).attempts(2).peer = PEER;

    HttpResponse<String> response =
        client(version)
            .send(
                HttpRequest.newBuilder(URI.create("http://catalog/status/503"))
                    .POST(BodyPublishers.ofString("a body"))
                    .build(),
                BodyHandlers.ofString());

    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(one.seen).extracting(TlsServer.Seen::body).containsExactly("a body");
    assertThat(two.seen).extracting(TlsServer.Seen::body).containsExactly("a body");
    assertThat(mesh.onlyCall().attempts)
        .allSatisfy(
            attempt -> assertThat(attempt.story()).containsExactly("responded 503", "completed"));
  }

  /**
   * In TLS 1.3 a server refuses the client's certificate when the client may have begun to send.
   */
  @Test
  void neverSendsTheRestOfABodyElsewhere() throws Exception {
    CountDownLatch reading = new CountDownLatch(1);
    try (ServerSocket refusing = TLS.refusingServer(reading)) {
      mesh.service("catalog").at(refusing.getLocalPort(), one.port()).attempts(2).peer = PEER;
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://catalog/"))
              .POST(
                  BodyPublishers.ofInputStream(
                      () -> {
                        reading.countDown();
                        return new ByteArrayInputStream(new byte[RecordedBody.LIMIT + 1]);
                      }))
              .build();

      assertThatThrownBy(() -> client(Version.HTTP_1_1).send(request, BodyHandlers.ofString()))
          .isInstanceOf(SSLHandshakeException.class);
    }
    assertThat(one.seen).isEmpty();
    assertThat(mesh.onlyCall().attempts).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void followsRedirects(Version version) throws Exception {
    mesh.service("catalog").at(one.port(), two.port()).peer = PEER;
    // The server, which knows that it speaks TLS, may make an absolute location of it.
    HttpResponse<String> response =
        client(version).send(get("http://catalog/redirect"), BodyHandlers.ofString());
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.uri()).isEqualTo(URI.create("http://catalog/end"));
    assertThat(mesh.calls).hasSize(2);
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void timesOutAndGoesOn(Version version) throws Exception {
    mesh.service("catalog").at(one.port()).peer = PEER;
    HttpClient client = client(version);

    Throwable failure = timingOut(client, "http://catalog/hang", call -> one.saw(call.path));

    assertThat(failure)
        .isExactlyInstanceOf(HttpTimeoutException.class)
        .hasMessage("request timed out");
    FakeMesh.Call call = newestCall();
    await().untilAsserted(() -> assertThat(call.cancelled).isTrue());
    assertThat(call.attempt(1).story()).containsExactly("failed ABORTED");
    assertThat(client.send(get("http://catalog/"), BodyHandlers.ofString()).statusCode())
        .isEqualTo(200);
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void carriesManyCallsAtOnce(Version version) {
    mesh.service("catalog").at(one.port(), two.port()).peer = PEER;
    HttpClient client = client(version);
    List<CompletableFuture<HttpResponse<String>>> responses =
        IntStream.range(0, 60)
            .mapToObj(i -> client.sendAsync(get("http://catalog/" + i), BodyHandlers.ofString()))
            .toList();
    responses.forEach(response -> assertThat(response.join().body()).isEqualTo("CN=client"));
    assertThat(one.seen.size()).isEqualTo(30);
    assertThat(two.seen.size()).isEqualTo(30);
  }

  @Test
  void callsFromVirtualThreads() throws Exception {
    mesh.service("catalog").at(one.port(), two.port()).peer = PEER;
    HttpClient client = client(Version.HTTP_1_1);
    List<CompletableFuture<String>> bodies =
        IntStream.range(0, 50)
            .mapToObj(
                i -> {
                  CompletableFuture<String> body = new CompletableFuture<>();
                  start(
                      () -> {
                        try {
                          body.complete(
                              client.send(get("http://catalog/"), BodyHandlers.ofString()).body());
                        } catch (Exception e) {
                          body.completeExceptionally(e);
                        }
                      });
                  return body;
                })
            .toList();
    for (CompletableFuture<String> body : bodies) {
      assertThat(body.get()).isEqualTo("CN=client");
    }
  }

  /** On a virtual thread where the JDK has them, else on one of the platform's. */
  private static void start(Runnable task) {
    try {
      Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, task);
    } catch (ReflectiveOperationException e) {
      new Thread(task).start();
    }
  }
}
