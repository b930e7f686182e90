package dev.weft.instrumentation.jdkhttpclient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.engine.Deadline;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.PeerMetadata;
import dev.weft.engine.RequestContext;
import dev.weft.engine.TraceContext;
import dev.weft.engine.outbound.OutboundRequest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SteeringTest extends MeshTest {

  @Test
  void sendsToTheEndpointWhateverTheNameResolvesTo() throws Exception {
    TestServer server = server(200, "hello");
    mesh.service("catalog.shop").at(server.port());

    HttpRequest request = get("http://catalog.shop/items?id=1");
    HttpResponse<String> response = http1().send(request, BodyHandlers.ofString());

    assertThat(response.body()).isEqualTo("hello");
    assertThat(response.uri()).isEqualTo(URI.create("http://catalog.shop/items?id=1"));
    assertThat(response.request().uri()).isEqualTo(request.uri());
    assertThat(response.request().headers()).isEqualTo(request.headers());
    assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
    assertThat(response.sslSession()).isEmpty();
    assertThat(server.seen).hasSize(1);
    assertThat(server.seen.get(0).uri()).isEqualTo("/items?id=1");
    assertThat(server.seen.get(0).headers().getFirst("Host")).isEqualTo("catalog.shop");
    assertThat(mesh.onlyCall().authority).isEqualTo("catalog.shop");
    assertThat(mesh.onlyCall().path).isEqualTo("/items?id=1");
    assertThat(mesh.onlyCall().attempt(1).story()).containsExactly("responded 200", "completed");
  }

  @Test
  void upgradesPlaintextWhenTheClientWantsTo() throws Exception {
    TestServer server = server(200, "hello");
    mesh.service("catalog").at(server.port());

    HttpResponse<String> response =
        HttpClient.newHttpClient().send(get("http://catalog:9080/"), BodyHandlers.ofString());

    assertThat(response.body()).isEqualTo("hello");
    assertThat(server.seen.get(0).headers().getFirst("Upgrade")).isEqualTo("h2c");
    assertThat(server.seen.get(0).headers().getFirst("Host")).isEqualTo("catalog:9080");
  }

  @Test
  void leavesOtherHostsAlone() throws Exception {
    TestServer server = server(200, "own");
    HttpResponse<String> response =
        http1().send(get("http://127.0.0.1:" + server.port() + "/"), BodyHandlers.ofString());
    assertThat(response.body()).isEqualTo("own");
    assertThat(mesh.calls).isEmpty();
  }

  @Test
  void usesAllEndpointsAndKeepsConnections() throws Exception {
    TestServer one = server(200, "one");
    TestServer two = server(200, "two");
    mesh.service("catalog").at(one.port(), two.port());

    HttpClient client = http1();
    for (int i = 0; i < 10; i++) {
      client.send(get("http://catalog/"), BodyHandlers.ofString());
    }

    assertThat(one.seen).hasSize(5);
    assertThat(two.seen).hasSize(5);
    assertThat(one.clientPorts).hasSize(1);
    assertThat(two.clientPorts).hasSize(1);
  }

  @Test
  void whatAServerSaysOfItselfIsKeptFromTheApplication() throws Exception {
    TestServer server =
        server(
            exchange -> {
              exchange.getResponseHeaders().set(PeerMetadata.HEADER, "AAAA");
              exchange.getResponseHeaders().set(PeerMetadata.ID_HEADER, "sidecar~a~b~c");
              exchange.getResponseHeaders().set("x-other", "yes");
              TestServer.answer(exchange, 200, "hello");
            });
    mesh.service("catalog").at(server.port()).responseHeaders = PeerMetadata.REMOVAL;

    HttpResponse<String> response =
        http1()
            .send(
                HttpRequest.newBuilder(URI.create("http://catalog/")).build(),
                BodyHandlers.ofString());

    assertThat(response.headers().map()).containsKey("x-other");
    assertThat(response.headers().map().toString()).doesNotContainIgnoringCase("peer");
  }

  @Test
  void editsHeadersOnTheWireOnly() throws Exception {
    TestServer server = server(200, "hello");
    FakeMesh.Service service = mesh.service("catalog").at(server.port());
    service.requestHeaders =
        new HeaderEdits(
            List.of("x-secret", "user-agent"),
            List.of(new Header("traceparent", "00-a-b-01"), new Header("x-mode", "mesh")),
            List.of(new Header("x-mode", "more")));
    service.responseHeaders =
        new HeaderEdits(List.of("date"), List.of(new Header("x-served-by", "v1")), List.of());

    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://catalog/"))
            .header("X-Secret", "1")
            .header("X-Mode", "own")
            .build();
    AtomicReference<List<String>> seenByHandler = new AtomicReference<>(List.of());
    HttpResponse<String> response =
        http1()
            .send(
                request,
                head -> {
                  seenByHandler.set(head.headers().allValues("x-served-by"));
                  return BodyHandlers.ofString().apply(head);
                });

    var sent = server.seen.get(0).headers();
    assertThat(sent.get("X-Secret")).isNull();
    assertThat(sent.get("User-Agent")).isNull();
    assertThat(sent.get("X-Mode")).containsExactly("mesh", "more");
    assertThat(sent.get("Traceparent")).containsExactly("00-a-b-01");
    assertThat(response.request().headers().allValues("x-mode")).containsExactly("own");
    assertThat(response.headers().allValues("x-served-by")).containsExactly("v1");
    assertThat(response.headers().firstValue("date")).isEmpty();
    assertThat(seenByHandler.get()).containsExactly("v1");
  }

  @Test
  void lendsTheRequestToCopiesOfIt() throws Exception {
    mesh.service("catalog").at(server(200, "hello").port());
    HttpRequest posted =
        HttpRequest.newBuilder(URI.create("http://catalog/"))
            .header("X-Own", "1")
            .POST(BodyPublishers.ofString("body"))
            .build();
    http1().send(posted, BodyHandlers.ofString());
    OutboundRequest known = mesh.calls.get(0).request;
    assertThat(known.headers()).contains(new Header("x-own", "1"));
    assertThat(known.body(4)).asString().isEqualTo("body");
    assertThat(known.body(3)).as("longer than the limit").isNull();

    byte[] streamed = "stream".getBytes(StandardCharsets.UTF_8);
    http1()
        .send(
            HttpRequest.newBuilder(URI.create("http://catalog/"))
                .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(streamed)))
                .build(),
            BodyHandlers.ofString());
    assertThat(mesh.calls.get(1).request.body(100)).isEqualTo(streamed);

    http1().send(get("http://catalog/"), BodyHandlers.ofString());
    assertThat(mesh.calls.get(2).request.body(100)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "internal:81, , internal:81, /a?b=c",
    "a_b, , a_b, /a?b=c",
    ", /x?y, catalog, /x?y",
    ", '/x|y', catalog, /x%7Cy",
    "internal, /x, internal, /x"
  })
  void asksForSomethingElseWhenToldTo(
      @Nullable String authority, @Nullable String path, String host, String target)
      throws Exception {
    TestServer server = server(200, "hello");
    FakeMesh.Service catalog = mesh.service("catalog").at(server.port());
    catalog.authority = authority;
    catalog.path = path;

    HttpResponse<String> response =
        http1().send(get("http://catalog/a?b=c"), BodyHandlers.ofString());

    assertThat(server.seen.get(0).headers().get("Host")).containsExactly(host);
    assertThat(server.seen.get(0).uri()).isEqualTo(target);
    assertThat(response.uri()).isEqualTo(URI.create("http://catalog/a?b=c"));
  }

  @Test
  void knowsOnWhoseBehalfTheApplicationCalls() throws Exception {
    TestServer server =
        server(
            exchange -> {
              if (exchange.getRequestURI().getPath().equals("/old")) {
                exchange.getResponseHeaders().add("Location", "/new");
                TestServer.answer(exchange, 302, "moved");
              } else {
                TestServer.answer(exchange, 200, "here");
              }
            });
    mesh.service("catalog").at(server.port());
    RequestContext context =
        new RequestContext(new TraceContext("0a", "0b", true, ""), Deadline.NONE);
    HttpClient client = HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NORMAL).build();

    RequestContext before = RequestContext.swap(context);
    CompletableFuture<HttpResponse<String>> response;
    try {
      response = client.sendAsync(get("http://catalog/old"), BodyHandlers.ofString());
    } finally {
      RequestContext.swap(before);
    }

    assertThat(response.get().body()).isEqualTo("here");
    assertThat(mesh.calls).extracting(call -> call.context).containsExactly(context, context);
  }

  @Test
  void carriesManyCallsAtOnce() {
    TestServer one = server(200, "hello");
    TestServer two = server(200, "hello");
    mesh.service("catalog").at(one.port(), two.port());
    HttpClient client = http1();

    List<CompletableFuture<HttpResponse<String>>> responses =
        IntStream.range(0, 300)
            .mapToObj(i -> client.sendAsync(get("http://catalog/" + i), BodyHandlers.ofString()))
            .toList();

    for (int i = 0; i < responses.size(); i++) {
      assertThat(responses.get(i).join().body()).isEqualTo("hello");
      assertThat(responses.get(i).join().uri().getPath()).isEqualTo("/" + i);
    }
    assertThat(one.seen.size() + two.seen.size()).isEqualTo(300);
    assertThat(mesh.calls)
        .allSatisfy(
            call ->
                assertThat(call.attempt(1).story()).containsExactly("responded 200", "completed"));
  }

  @Test
  void keepsAResponseThatComesWhileTheEngineIsAsked() throws Exception {
    TestServer server = server(200, "hello");
    mesh.service("catalog").at(server.port()).lingers = true;
    CompletableFuture<HttpResponse<String>> response =
        http1().sendAsync(get("http://catalog/"), BodyHandlers.ofString());
    assertThat(response.get(10, TimeUnit.SECONDS).body()).isEqualTo("hello");
  }

  @Test
  void passesOnWhatTurnsOutNotToBeTheMeshs() throws Exception {
    TestServer server = server(200, "own");
    CompletableFuture<Void> configuration = new CompletableFuture<>();
    FakeMesh.Service service = mesh.service("127.0.0.1");
    service.firstWait = configuration;
    service.pass = true;

    CompletableFuture<HttpResponse<String>> response =
        http1().sendAsync(get("http://127.0.0.1:" + server.port() + "/"), BodyHandlers.ofString());
    assertThat(response).isNotDone();
    configuration.complete(null);

    assertThat(response.get().body()).isEqualTo("own");
  }

  /** It would go in plaintext where mutual TLS was decided upon. */
  @ParameterizedTest
  @ValueSource(strings = {"its endpoint", "its request's headers"})
  @Timeout(30)
  void anAttemptThatCannotBeMadeGoesNoOtherWay(String fails) {
    TestServer server = server(200, "own");
    FakeMesh.Service service = mesh.service("127.0.0.1").at(server.port());
    if (fails.equals("its endpoint")) {
      service.unresolved = true;
    } else {
      service.requestHeaders = null;
    }
    expectedFailures = 1;

    assertThatThrownBy(
            () ->
                http1()
                    .send(get("http://127.0.0.1:" + server.port() + "/"), BodyHandlers.ofString()))
        .isInstanceOf(IOException.class);
    assertThat(mesh.onlyCall().attempts).hasSize(1);
    assertThat(mesh.onlyCall().cancelled).isTrue();
    assertThat(server.seen).isEmpty();
  }

  @Test
  void goesOnWithoutAMeshThatIsBroken() throws Exception {
    TestServer server = server(200, "own");
    mesh.service("127.0.0.1").broken = true;
    expectedFailures = 1;

    HttpResponse<String> response =
        http1().send(get("http://127.0.0.1:" + server.port() + "/"), BodyHandlers.ofString());

    assertThat(response.body()).isEqualTo("own");
  }
}
