package dev.weft.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.demo.process.Await;
import dev.weft.demo.process.Http;
import dev.weft.demo.process.MeshedApplication;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Real authorizers are asked, and none answers: nobody gets in. */
@SuppressWarnings("NullAway.Init") // JUnit's to set
final class ExternalAuthorizationIT {

  private static ShopMesh mesh;
  private static MeshedApplication catalog;
  private static int grpcPort;

  @BeforeAll
  static void open() throws Exception {
    mesh = ShopMesh.open("external-authorization", Jdks.own());
    grpcPort = Http.freePort();
    mesh.control()
        .apply(
            "authorizers.yaml",
            ShopMesh.resource("authorizers.yaml").replace("$GRPC", Integer.toString(grpcPort)));
    catalog = mesh.start(mesh.catalog("catalog-one", "v1"));
    mesh.awaitServing(catalog);
  }

  @AfterAll
  static void close() {
    mesh.close();
  }

  /** The authorizer is a workload itself, and takes mutual TLS only. */
  @Test
  void byHttpThroughTheMesh() throws Exception {
    MeshedApplication authorizer = mesh.start(authorizer());
    mesh.awaitServing(authorizer);
    ask("by-http");
    awaitStatus(200, "good");
    assertThat(items("good").headers().firstValue("x-user")).hasValue("alice");
    HttpResponse<String> refused = items("bad");
    assertThat(refused.statusCode()).isEqualTo(403);
    assertThat(refused.body()).isEqualTo("no pass");
    assertThat(refused.headers().firstValue("x-reason")).hasValue("bad");
    assertThat(Http.get(catalog.url("/nothing")).statusCode()).as("not asked about").isEqualTo(404);
    assertThat(
            authorizer.metrics(
                "istio_requests_total",
                "reporter=\"destination\"",
                "connection_security_policy=\"mutual_tls\"",
                "source_principal=\"spiffe://cluster.local/ns/shop/sa/catalog\""))
        .isNotEmpty();
    authorizer.process().kill();
    HttpResponse<String> unanswered = items("good");
    assertThat(unanswered.statusCode()).isEqualTo(403);
    assertThat(unanswered.body()).isEmpty();
    Observed.print(
        "authorizer by HTTP over mutual TLS: 200, refused with %d “%s”; killed: %d",
        refused.statusCode(), refused.body(), unanswered.statusCode());
  }

  @Test
  void byGrpc() throws Exception {
    try (GrpcAuthorizer authorizer = GrpcAuthorizer.start(grpcPort)) {
      ask("by-grpc");
      awaitStatus(200, "good");
      assertThat(items("good").headers().firstValue("x-user")).hasValue("alice");
      HttpResponse<String> refused = items("bad");
      assertThat(refused.statusCode()).isEqualTo(402);
      assertThat(refused.body()).isEqualTo("no pass");
      assertThat(refused.headers().firstValue("x-reason")).hasValue("bad");
      assertThat(authorizer.asked())
          .allSatisfy(
              question -> {
                var attributes = question.getAttributes();
                assertThat(attributes.getRequest().getHttp().getPath()).isEqualTo("/items");
                assertThat(attributes.getRequest().getHttp().getMethod()).isEqualTo("GET");
                assertThat(
                        attributes.getDestination().getAddress().getSocketAddress().getPortValue())
                    .isEqualTo(catalog.port());
              });
      Observed.print(
          "authorizer by gRPC: 200, refused with %d “%s”", refused.statusCode(), refused.body());
    }
    assertThat(items("good").statusCode()).as("nobody to ask").isEqualTo(403);
  }

  /** Spring MVC reads a body of which the authorizer has seen the beginning. */
  @Test
  void theBodyIsShownAndStillReadWhole() throws Exception {
    try (GrpcAuthorizer authorizer = GrpcAuthorizer.start(grpcPort)) {
      MeshedApplication echo = mesh.start(server("echo"));
      mesh.awaitServing(echo);
      String body = "0123456789".repeat(50_000);
      Await.until(
          "the policy is there",
          ShopMesh.SOON,
          () -> post(echo, "bad", "x").headers().firstValue("x-reason").isPresent());
      assertThat(post(echo, "bad", body).statusCode()).isEqualTo(402);
      HttpResponse<String> echoed = post(echo, "good", body);
      assertThat(echoed.statusCode()).isEqualTo(200);
      assertThat(echoed.body()).isEqualTo(body);
      var asked = authorizer.asked().get(authorizer.asked().size() - 1);
      var http = asked.getAttributes().getRequest().getHttp();
      assertThat(http.getBody()).isEqualTo(body.substring(0, 1000));
      assertThat(http.getHeadersMap()).containsEntry("x-envoy-auth-partial-body", "true");
      Observed.print("authorizer by gRPC: sees 1000 of %d bytes, all are read", body.length());
    }
  }

  private static HttpResponse<String> post(MeshedApplication echo, String pass, String body)
      throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(echo.url("/echo")))
                .header("x-pass", pass)
                .header("content-type", "text/plain")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
  }

  private static MeshedApplication.Builder authorizer() throws Exception {
    return server("authorizer");
  }

  private static MeshedApplication.Builder server(String service) throws Exception {
    Path jar =
        Path.of(System.getProperty("weft.root", ".."))
            .resolve("smoke-tests/apps/boot35/target/boot35.jar")
            .toAbsolutePath();
    return ShopMesh.sparing(MeshedApplication.builder(service, jar, ShopMesh.agent()))
        .joins(mesh.control(), "shop/" + service)
        .environment("WEFT_SERVICE", service);
  }

  private static void ask(String provider) throws Exception {
    mesh.control().apply("ask.yaml", ShopMesh.resource("ask.yaml").replace("$PROVIDER", provider));
    Await.until(
        provider + " is asked",
        ShopMesh.SOON,
        () -> items("bad").headers().firstValue("x-reason").isPresent());
  }

  private static void awaitStatus(int status, String pass) {
    Await.until(
        status + " with x-pass: " + pass, ShopMesh.SOON, () -> items(pass).statusCode() == status);
  }

  private static HttpResponse<String> items(String pass) throws Exception {
    return Http.get(catalog.url("/items"), "x-pass", pass);
  }
}
