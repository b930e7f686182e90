package dev.weft.instrumentation.jdkhttpclient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.Authenticator;
import java.net.CookieManager;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the application set on its client, it still gets. */
@Timeout(60)
class ClientSettingsTest extends MeshTest {

  @ParameterizedTest
  @EnumSource(Redirect.class)
  void followsRedirectsByTheApplicationsPolicy(Redirect policy) throws Exception {
    TestServer other = server(200, "other");
    TestServer server =
        server(
            exchange -> {
              String location =
                  switch (exchange.getRequestURI().getPath()) {
                    case "/absolute" -> "http://catalog/end";
                    case "/relative" -> "end";
                    case "/elsewhere" -> "http://other/end";
                    case "/secure" -> "https://other.invalid/end";
                    default -> null;
                  };
              if (location == null) {
                TestServer.answer(exchange, 200, "end");
              } else {
                exchange.getResponseHeaders().add("Location", location);
                TestServer.answer(exchange, 307, "moved");
              }
            });
    mesh.service("catalog").at(server.port());
    mesh.service("other").at(other.port());
    HttpClient client = HttpClient.newBuilder().followRedirects(policy).build();

    for (String path : List.of("absolute", "relative", "elsewhere")) {
      HttpResponse<String> response =
          client.send(get("http://catalog/" + path), BodyHandlers.ofString());
      if (policy == Redirect.NEVER) {
        assertThat(response.statusCode()).isEqualTo(307);
        assertThat(response.uri()).isEqualTo(URI.create("http://catalog/" + path));
      } else {
        String host = path.equals("elsewhere") ? "other" : "catalog";
        assertThat(response.uri()).isEqualTo(URI.create("http://" + host + "/end"));
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.previousResponse().orElseThrow().statusCode()).isEqualTo(307);
        assertThat(response.previousResponse().orElseThrow().uri())
            .isEqualTo(URI.create("http://catalog/" + path));
      }
    }
    assertThat(mesh.calls).hasSize(policy == Redirect.NEVER ? 3 : 6);
    mesh.calls.forEach(
        call -> assertThat(call.attempt(1).story()).hasSize(2).contains("completed"));
    if (policy != Redirect.NEVER) {
      // To https, which is the application's own business: the name doesn't resolve.
      assertThatThrownBy(() -> client.send(get("http://catalog/secure"), BodyHandlers.ofString()))
          .isInstanceOf(java.net.ConnectException.class);
      assertThat(mesh.calls).hasSize(7);
    }
  }

  @Test
  void answersChallengesAndKeepsCookies() throws Exception {
    TestServer server =
        server(
            exchange -> {
              if (exchange.getRequestHeaders().getFirst("Authorization") == null) {
                exchange.getResponseHeaders().add("WWW-Authenticate", "Basic realm=\"r\"");
                exchange.getResponseHeaders().add("Set-Cookie", "c=1");
                TestServer.answer(exchange, 401, "who?");
              } else {
                TestServer.answer(exchange, 200, "you");
              }
            });
    mesh.service("catalog.shop").at(server.port());
    AtomicReference<String> asked = new AtomicReference<>("");
    HttpClient client =
        HttpClient.newBuilder()
            .cookieHandler(new CookieManager())
            .authenticator(
                new Authenticator() {
                  @Override
                  protected PasswordAuthentication getPasswordAuthentication() {
                    asked.set(getRequestingHost());
                    return new PasswordAuthentication("u", "p".toCharArray());
                  }
                })
            .build();

    HttpResponse<String> response =
        client.send(get("http://catalog.shop/"), BodyHandlers.ofString());

    assertThat(response.body()).isEqualTo("you");
    assertThat(asked.get()).isEqualTo("catalog.shop");
    assertThat(server.seen).hasSize(2);
    assertThat(server.seen.get(1).headers().getFirst("Cookie")).isEqualTo("c=1");
    assertThat(mesh.calls).hasSize(2);
  }

  @Test
  void leavesARefusedCredentialOfTheApplicationsOwnToIt() throws Exception {
    TestServer server =
        server(
            exchange -> {
              exchange.getResponseHeaders().add("WWW-Authenticate", "Basic realm=\"r\"");
              TestServer.answer(exchange, 401, "no");
            });
    mesh.service("catalog").at(server.port());
    HttpClient client =
        HttpClient.newBuilder()
            .authenticator(
                new Authenticator() {
                  @Override
                  protected PasswordAuthentication getPasswordAuthentication() {
                    return new PasswordAuthentication("u", "p".toCharArray());
                  }
                })
            .build();
    HttpRequest steered =
        HttpRequest.newBuilder(URI.create("http://catalog/"))
            .header("Authorization", "Bearer x")
            .build();
    HttpRequest own =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/"))
            .header("Authorization", "Bearer x")
            .build();

    assertThat(outcome(client, steered)).isEqualTo(outcome(client, own));
  }

  private static String outcome(HttpClient client, HttpRequest request) throws Exception {
    try {
      return "status " + client.send(request, BodyHandlers.ofString()).statusCode();
    } catch (java.io.IOException e) {
      return e.toString();
    }
  }

  @Test
  void leavesProxiedRequestsToTheProxy() throws Exception {
    TestServer proxy = server(200, "by proxy");
    mesh.service("catalog").answer = denial(403);
    HttpClient client =
        HttpClient.newBuilder()
            .proxy(
                ProxySelector.of(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), proxy.port())))
            .build();
    assertThat(client.send(get("http://catalog/"), BodyHandlers.ofString()).body())
        .isEqualTo("by proxy");
    assertThat(mesh.calls).isEmpty();
  }
}
