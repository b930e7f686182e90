package dev.weft.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.demo.process.Await;
import dev.weft.demo.process.Http;
import dev.weft.demo.process.MeshedApplication;
import dev.weft.demo.process.TokenIssuer;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Tokens are verified by keys that are served over HTTPS, where the JVM trusts the server. */
@SuppressWarnings("NullAway.Init") // JUnit's to set
final class TokensIT {

  private static final String PASSWORD = "changeit";
  private static final Duration VALID = Duration.ofMinutes(10);

  private static ShopMesh mesh;
  private static TokenIssuer issuer;
  private static MeshedApplication catalog;
  private static MeshedApplication distrustful;

  @BeforeAll
  static void open() throws Exception {
    mesh = ShopMesh.open("tokens", Jdks.own());
    Path store = Files.createDirectories(mesh.directory()).resolve("keys.p12");
    issuer = TokenIssuer.start("https://login.shop.example", tls(store));
    mesh.control()
        .apply(
            "tokens.yaml",
            ShopMesh.resource("tokens.yaml").replace("$KEYS", issuer.keys("localhost")));
    catalog =
        mesh.start(
            mesh.catalog("catalog-one", "v1")
                .jvmOption("-Djavax.net.ssl.trustStore=" + store)
                .jvmOption("-Djavax.net.ssl.trustStorePassword=" + PASSWORD));
    distrustful = mesh.start(mesh.catalog("catalog-two", "v2"));
    mesh.awaitServing(catalog, distrustful);
    for (MeshedApplication each : new MeshedApplication[] {catalog, distrustful}) {
      Await.until(
          "a token is wanted",
          ShopMesh.SOON,
          () -> Http.get(each.url("/items")).statusCode() == 403);
    }
  }

  @AfterAll
  static void close() {
    issuer.close();
    mesh.close();
  }

  /** A key of its own and the certificate that it signs itself, for {@code localhost}. */
  private static SSLContext tls(Path store) throws Exception {
    Process keytool =
        new ProcessBuilder(
                Jdks.own().resolve("bin/keytool").toString(),
                "-genkeypair",
                "-alias",
                "keys",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-ext",
                "san=dns:localhost",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD)
            .inheritIO()
            .start();
    assertThat(keytool.waitFor()).isZero();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, PASSWORD.toCharArray());
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(managers.getKeyManagers(), null, null);
    return tls;
  }

  @Test
  void areVerifiedByKeysThatAreFetchedAndRotate() throws Exception {
    String first = issuer.token("alice", "catalog", VALID);
    int before = issuer.fetches();
    for (int i = 0; i < 20; i++) {
      assertThat(items(catalog, first).statusCode()).isEqualTo(200);
    }
    assertThat(issuer.fetches() - before).as("kept, not fetched each time").isLessThanOrEqualTo(1);
    assertRefused(401, "Jwt is expired", issuer.token("alice", "catalog", VALID.negated()));
    assertRefused(
        403, "Audiences in Jwt are not allowed", issuer.token("alice", "storefront", VALID));
    assertThat(Http.get(catalog.url("/nothing")).statusCode()).as("another path").isEqualTo(404);

    issuer.rotate();
    String second = issuer.token("alice", "catalog", VALID);
    // An unknown key is asked for anew, though not at every request's wish.
    Duration taken =
        Await.until(
            "tokens of the new key are good",
            ShopMesh.LONG,
            () -> items(catalog, second).statusCode() == 200);
    assertRefused(401, "Jwks doesn't have key to match kid or alg from Jwt", first);
    Observed.print(
        "keys over HTTPS: fetched %d times; a new key was known after %d ms, and the old one gone",
        issuer.fetches() - before, taken.toMillis());
  }

  @Test
  void keysOfAServerThatIsNotTrustedAreNone() throws Exception {
    HttpResponse<String> refused = items(distrustful, issuer.token("alice", "catalog", VALID));
    assertThat(refused.statusCode()).isEqualTo(401);
    assertThat(refused.body()).isEqualTo("Jwks remote fetch is failed");
  }

  private static void assertRefused(int status, String words, String token) throws Exception {
    HttpResponse<String> refused = items(catalog, token);
    assertThat(refused.body()).isEqualTo(words);
    assertThat(refused.statusCode()).isEqualTo(status);
  }

  private static HttpResponse<String> items(MeshedApplication application, String token)
      throws Exception {
    return Http.get(application.url("/items"), "authorization", "Bearer " + token);
  }
}
