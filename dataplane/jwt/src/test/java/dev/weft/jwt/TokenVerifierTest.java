package dev.weft.jwt;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.util.Base64URL;
import dev.weft.engine.model.JwtProvider;
import dev.weft.engine.model.JwtProvider.Keys;
import dev.weft.engine.spi.AsyncClient.Response;
import dev.weft.engine.spi.JwtVerifier.Failed;
import dev.weft.engine.spi.JwtVerifier.Fetching;
import dev.weft.engine.spi.JwtVerifier.Outcome;
import dev.weft.engine.spi.JwtVerifier.Verified;
import dev.weft.engine.spi.MeshRequests;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Envoy's jwt_authn; the words are those of google::jwt_verify::getStatusString. */
class TokenVerifierTest {

  private static final Instant START = Instant.ofEpochSecond(1_000_000);
  private static final TestIssuer ISSUER = new TestIssuer("k1");
  private static final String GOOD = "{'iss':'me','sub':'alice','aud':'web','exp':1000100}";

  private Instant now = START;
  private final List<URI> asked = new ArrayList<>();
  private CompletableFuture<Response> answer = new CompletableFuture<>();
  private final TokenVerifier verifier =
      new TokenVerifier(
          (uri, timeout) -> {
            asked.add(uri);
            return answer;
          },
          () -> now);

  private static JwtProvider provider(Keys keys, String... audiences) {
    return provider("me", keys, audiences);
  }

  private static JwtProvider provider(String issuer, Keys keys, String... audiences) {
    return new JwtProvider(
        issuer,
        List.of(audiences),
        keys,
        false,
        List.of(),
        List.of(),
        List.of(),
        null,
        List.of(),
        Set.of(),
        true,
        Duration.ofSeconds(60));
  }

  private static JwtProvider inline(String... audiences) {
    return provider(new Keys.Inline(ISSUER.jwks()), audiences);
  }

  private static JwtProvider remote() {
    return provider(
        new Keys.Remote("https://issuer/keys", "", Duration.ofSeconds(5), Duration.ofMinutes(20)));
  }

  private Outcome verify(String token, JwtProvider provider) {
    return verifier.verify(token, provider, MeshRequests.NONE);
  }

  private static Response keys(TestIssuer issuer) {
    return new Response(200, List.of(), issuer.jwks().getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void aGoodTokenHasItsClaims() {
    String token = ISSUER.token("{'iss':'me','sub':'alice','realm':{'roles':['a','b']},'n':1}");
    Verified verified = (Verified) verify(token, inline());
    assertThat(verified.payload()).isEqualTo(token.split("\\.")[1]);
    assertThat(verified.claims().get("sub")).isEqualTo("alice");
    assertThat(verified.claims().get("realm")).isEqualTo(Map.of("roles", List.of("a", "b")));
  }

  /** jwt_verify_lib: kty OKP, crv Ed25519. The key is RFC 8037's, appendix A. */
  @Test
  void ed25519() {
    String jwks =
        """
        {"keys":[
          {"kty":"OKP","crv":"X25519","kid":"x","x":"3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08"},
          {"kty":"OKP","crv":"Ed25519","kid":"short","x":"AQID"},
          {"kty":"OKP","crv":"Ed25519","kid":"ed","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}
        """;
    String good =
        "eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0."
            + "eyJpc3MiOiJlZC50ZXN0Iiwic3ViIjoiYWxpY2UifQ."
            + "9ncUMaB_EgLEsmG8ZFTZpE8W03LAmq545zrw27pidpgV2E1ua19S_H68HPq_yckhB-CpoVeWthO77KQMX2-QBQ";
    JwtProvider provider = provider("ed.test", new Keys.Inline(jwks));
    assertThat(verify(good, provider)).isInstanceOf(Verified.class);
    String forged = good.substring(0, good.length() - 4) + "AAAA";
    assertThat(verify(forged, provider)).isEqualTo(new Failed("Jwt verification fails", 401));
    String cut = good.substring(0, good.length() - 4);
    assertThat(verify(cut, provider))
        .isEqualTo(new Failed("Jwt ED25519 signature is wrong length", 401));
    assertThat(verify(header("{'alg':'EdDSA','kid':'x'}", good.split("\\.", -1)), provider))
        .as("a key for something else")
        .isEqualTo(new Failed("Jwks doesn't have key to match kid or alg from Jwt", 401));
  }

  private static String header(String json, String[] parts) {
    return Base64URL.encode(json.replace('\'', '"')) + "." + parts[1] + "." + parts[2];
  }

  static Stream<Arguments> badTokens() {
    String good = ISSUER.token(GOOD);
    String[] parts = good.split("\\.", -1);
    String none = Base64URL.encode("{\"alg\":\"none\"}") + "." + parts[1] + "." + parts[2];
    return Stream.of(
        Arguments.of(
            "abc",
            "Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections",
            401),
        Arguments.of(
            parts[0] + "." + parts[1] + ".",
            "Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections",
            401),
        Arguments.of(
            "!." + parts[1] + "." + parts[2], "Jwt header is an invalid Base64url encoded", 401),
        Arguments.of("YQ." + parts[1] + "." + parts[2], "Jwt header is an invalid JSON", 401),
        Arguments.of(none, "Jwt header [alg] is not supported", 401),
        Arguments.of(
            header("{'typ':'JWT'}", parts),
            "Jwt header [alg] field is required and must be a string",
            401),
        Arguments.of(
            header("{'alg':'RS256','kid':1}", parts),
            "Jwt header [kid] field is not a string",
            401),
        Arguments.of(
            parts[0] + ".!." + parts[2], "Jwt payload is an invalid Base64url encoded", 401),
        Arguments.of(parts[0] + ".YQ." + parts[2], "Jwt payload is an invalid JSON", 401),
        Arguments.of(
            parts[0] + "." + parts[1] + ".a", "Jwt signature is an invalid Base64url encoded", 401),
        Arguments.of(ISSUER.token("{'iss':1}"), "Jwt payload [iss] field is not a string", 401),
        Arguments.of(
            ISSUER.token("{'iss':'me','iat':-1}"),
            "Jwt payload [iat] field is not a positive 64 bit integer",
            401),
        Arguments.of(
            ISSUER.token("{'iss':'me','aud':['web',1]}"),
            "Jwt payload [aud] field is not a string or string list",
            401),
        Arguments.of(ISSUER.token("{'iss':'other'}"), "Jwt issuer is not configured", 401),
        Arguments.of(ISSUER.token("{'sub':'alice'}"), "Jwt issuer is not configured", 401),
        Arguments.of(ISSUER.token("{'iss':'me','aud':'web','exp':999939}"), "Jwt is expired", 401),
        Arguments.of(
            ISSUER.token("{'iss':'me','aud':'web','nbf':1000061}"), "Jwt not yet valid", 401),
        Arguments.of(
            ISSUER.token("{'iss':'me','aud':'web','exp':'never'}"),
            "Jwt payload [exp] field is not an integer",
            401),
        Arguments.of(
            ISSUER.token("{'iss':'me','aud':'app'}"), "Audiences in Jwt are not allowed", 403),
        Arguments.of(ISSUER.token("{'iss':'me'}"), "Audiences in Jwt are not allowed", 403),
        Arguments.of(new TestIssuer("k1").token(GOOD), "Jwt verification fails", 401),
        Arguments.of(
            new TestIssuer("k2").token(GOOD),
            "Jwks doesn't have key to match kid or alg from Jwt",
            401),
        Arguments.of(
            parts[0]
                + "."
                + Base64URL.encode("{\"iss\":\"me\",\"sub\":\"root\",\"aud\":\"web\"}")
                + "."
                + parts[2],
            "Jwt verification fails",
            401));
  }

  @ParameterizedTest
  @MethodSource("badTokens")
  void aBadTokenIsRefusedInEnvoysWords(String token, String words, int status) {
    assertThat(verify(token, inline("web"))).isEqualTo(new Failed(words, status));
  }

  /** JwtProvider.clock_skew_seconds: 60 by default, both ways. */
  @Test
  void clocksMayDifferByAMinute() {
    assertThat(verify(ISSUER.token("{'iss':'me','exp':999940}"), inline()))
        .isInstanceOf(Verified.class);
    assertThat(verify(ISSUER.token("{'iss':'me','nbf':1000060}"), inline()))
        .isInstanceOf(Verified.class);
  }

  /** JwksCache::JwksData::areAudiencesAllowed: scheme and slash at the end don't count. */
  @Test
  void audiencesAreComparedAsEnvoyDoes() {
    assertThat(
            verify(
                ISSUER.token("{'iss':'me','aud':['x','https://web.example/']}"),
                inline("web.example")))
        .isInstanceOf(Verified.class);
  }

  @Test
  void aRememberedTokenExpiresNevertheless() {
    String token = ISSUER.token(GOOD);
    assertThat(verify(token, inline("web"))).isSameAs(verify(token, inline("web")));
    now = START.plusSeconds(161);
    assertThat(verify(token, inline("web"))).isEqualTo(new Failed("Jwt is expired", 401));
    now = START;
    assertThat(verify(token, inline("app")))
        .as("the same keys, for others")
        .isEqualTo(new Failed("Audiences in Jwt are not allowed", 403));
  }

  @Test
  void rememberedTokensAreBounded() {
    RecentTokens<String> recent = new RecentTokens<>();
    for (int i = 0; i < 10_000; i++) {
      recent.put("t" + i, "v");
    }
    assertThat(recent.size()).isLessThanOrEqualTo(1_002);
    assertThat(recent.get("t9999")).isEqualTo("v");
    recent.put("x".repeat(5_000), "v");
    assertThat(recent.get("x".repeat(5_000))).isNull();
  }

  @Test
  void theFirstTokensWaitForTheKeysWhichAreFetchedOnce() {
    Outcome first = verify(ISSUER.token(GOOD), remote());
    Outcome second = verify(ISSUER.token(GOOD), remote());
    assertThat(first).isInstanceOf(Fetching.class).isEqualTo(second);
    assertThat(asked).containsExactly(URI.create("https://issuer/keys"));
    answer.complete(keys(ISSUER));
    assertThat(((Fetching) first).until().toCompletableFuture()).isCompleted();
    assertThat(verify(ISSUER.token(GOOD), remote())).isInstanceOf(Verified.class);
    assertThat(asked).hasSize(1);
  }

  /** RemoteJwks.cache_duration; what was good goes on while new keys are fetched, or can't be. */
  @Test
  void oldKeysAreReplacedBehindTheRequestsBacks() {
    answer.complete(keys(ISSUER));
    verify(ISSUER.token(GOOD), remote());
    answer = new CompletableFuture<>();
    now = START.plus(Duration.ofMinutes(20));
    String token = ISSUER.token("{'iss':'me','sub':'bob'}");
    assertThat(verify(token, remote())).isInstanceOf(Verified.class);
    assertThat(asked).hasSize(2);
    answer.completeExceptionally(new IOException("away"));
    assertThat(verify(token, remote())).isInstanceOf(Verified.class);
    assertThat(asked).as("not at once again").hasSize(2);
    now = now.plusSeconds(1);
    TestIssuer next = new TestIssuer("k2");
    answer = CompletableFuture.completedFuture(keys(next));
    verify(token, remote());
    assertThat(asked).hasSize(3);
    assertThat(verify(token, remote()))
        .as("a key that was taken back")
        .isEqualTo(new Failed("Jwks doesn't have key to match kid or alg from Jwt", 401));
  }

  /** An unknown kid means that keys were rotated; anybody can make one up, so not too often. */
  @Test
  void anUnknownKeyIsLookedForOnce() {
    answer.complete(keys(ISSUER));
    verify(ISSUER.token(GOOD), remote());
    TestIssuer next = new TestIssuer("k2");
    now = START.plusSeconds(11);
    answer = new CompletableFuture<>();
    Outcome waiting = verify(next.token(GOOD), remote());
    assertThat(waiting).isInstanceOf(Fetching.class);
    assertThat(verify(ISSUER.token(GOOD), remote()))
        .as("others don't wait")
        .isInstanceOf(Verified.class);
    answer.complete(keys(next));
    assertThat(verify(next.token(GOOD), remote())).isInstanceOf(Verified.class);
    assertThat(verify(new TestIssuer("k3").token(GOOD), remote()))
        .isEqualTo(new Failed("Jwks doesn't have key to match kid or alg from Jwt", 401));
    assertThat(asked).hasSize(2);
  }

  @Test
  void withoutKeysNothingIsBelieved() {
    for (CompletableFuture<Response> bad :
        List.of(
            CompletableFuture.<Response>failedFuture(new IOException("away")),
            CompletableFuture.completedFuture(new Response(404, List.of(), new byte[0])),
            CompletableFuture.completedFuture(
                new Response(200, List.of(), "<html>".getBytes(StandardCharsets.UTF_8))))) {
      answer = bad;
      assertThat(verify(ISSUER.token(GOOD), remote())).isInstanceOf(Fetching.class);
      assertThat(verify(ISSUER.token(GOOD), remote()))
          .isEqualTo(new Failed("Jwks remote fetch is failed", 401));
      now = now.plusSeconds(70);
    }
    now = START;
    assertThat(verify(ISSUER.token(GOOD), provider(new Keys.Inline("{\"keys\":[]}"))))
        .isEqualTo(new Failed("Jwks doesn't have any valid public key", 401));
  }

  /** Keys of an issuer within the mesh. */
  @Test
  void aClusterOfTheMeshIsAskedThroughIt() {
    List<String> requests = new ArrayList<>();
    MeshRequests mesh =
        new MeshRequests() {
          @Override
          public java.util.concurrent.CompletionStage<Response> send(
              String cluster, dev.weft.engine.spi.AsyncClient.Request request, Duration timeout) {
            requests.add(cluster + " " + request.authority() + " " + request.path());
            return CompletableFuture.completedFuture(keys(ISSUER));
          }

          @Override
          public java.util.concurrent.CompletionStage<byte[]> unary(
              String cluster,
              String authority,
              String method,
              List<dev.weft.engine.Header> metadata,
              byte[] message,
              Duration timeout) {
            throw new AssertionError();
          }
        };
    JwtProvider provider =
        provider(
            new Keys.Remote(
                "http://issuer.auth:8080/keys?v=1",
                "outbound|8080||issuer.auth",
                Duration.ofSeconds(5),
                Duration.ofMinutes(20)));
    verifier.verify(ISSUER.token(GOOD), provider, mesh);
    assertThat(verifier.verify(ISSUER.token(GOOD), provider, mesh)).isInstanceOf(Verified.class);
    assertThat(requests).containsExactly("outbound|8080||issuer.auth issuer.auth:8080 /keys?v=1");
    assertThat(asked).isEmpty();
  }
}
