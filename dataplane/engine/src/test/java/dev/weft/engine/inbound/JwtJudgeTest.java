package dev.weft.engine.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.Answer;
import dev.weft.engine.Header;
import dev.weft.engine.RecordingTelemetry;
import dev.weft.engine.model.ClientAddress;
import dev.weft.engine.model.InboundFilter;
import dev.weft.engine.model.JwtProvider;
import dev.weft.engine.model.JwtProvider.ClaimHeader;
import dev.weft.engine.model.JwtProvider.FromHeader;
import dev.weft.engine.model.JwtProvider.Keys;
import dev.weft.engine.model.JwtRequirement;
import dev.weft.engine.model.JwtRequirement.AllOf;
import dev.weft.engine.model.JwtRequirement.AnyOf;
import dev.weft.engine.model.JwtRequirement.Token;
import dev.weft.engine.model.PathNormalization;
import dev.weft.engine.spi.JwtVerifier;
import dev.weft.engine.spi.JwtVerifier.Failed;
import dev.weft.engine.spi.JwtVerifier.Fetching;
import dev.weft.engine.spi.JwtVerifier.Verified;
import dev.weft.engine.spi.MeshRequests;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Envoy's jwt_authn filter, configured as Istio's RequestAuthentication configures it. */
class JwtJudgeTest {

  private static final JwtProvider A = provider("a");
  private static final JwtProvider B = provider("b");

  private final FakeInboundRequest request = new FakeInboundRequest();

  /** A token of the issuer {@code a} is {@code a.good} or {@code a.bad}. */
  private static JwtVerifier.Outcome verify(String token, JwtProvider provider) {
    if (!token.startsWith(provider.issuer() + ".")) {
      return new Failed("Jwt issuer is not configured", 401);
    }
    return token.endsWith("good")
        ? new Verified(
            "payload",
            Map.of(
                "iss",
                provider.issuer(),
                "scope",
                "read write",
                "level",
                3.0,
                "admin",
                true,
                "user",
                Map.of("name", "alice"),
                "evil",
                "a\r\nb"))
        : new Failed("Jwt verification fails", 401);
  }

  private static JwtProvider provider(String issuer) {
    return provider(issuer, false, List.of(), List.of(), List.of());
  }

  private static JwtProvider provider(
      String issuer,
      boolean forward,
      List<FromHeader> headers,
      List<String> params,
      List<String> cookies) {
    return new JwtProvider(
        issuer,
        List.of(),
        new Keys.Inline(""),
        forward,
        headers,
        params,
        cookies,
        "x-payload",
        List.of(
            new ClaimHeader("x-user", "user.name"),
            new ClaimHeader("x-level", "level"),
            new ClaimHeader("x-admin", "admin"),
            new ClaimHeader("x-evil", "evil"),
            new ClaimHeader("x-map", "user")),
        Set.of("scope"),
        true,
        Duration.ofSeconds(60));
  }

  private static JwtRequirement optional(JwtProvider provider) {
    return new AnyOf(List.of(new Token(provider)), true);
  }

  /** Istio's convertToEnvoyJwtConfig for two rules. */
  private static final JwtRequirement BOTH =
      new AnyOf(
          List.of(new Token(A), new Token(B), new AllOf(List.of(optional(A), optional(B)))), false);

  private Facts facts() {
    return new Facts(
        request,
        new RecordingTelemetry().inbound(request),
        PathNormalization.BASE,
        ClientAddress.FORWARDED);
  }

  private Verdict judge(JwtRequirement requirement, JwtProvider... providers) {
    return new JwtJudge(
            new InboundFilter.JwtAuthentication(requirement, List.of(providers), true),
            (token, provider, mesh) -> verify(token, provider),
            MeshRequests.NONE)
        .judge(facts());
  }

  private static String words(Verdict verdict) {
    return verdict instanceof Verdict.Denied denied ? denied.answer().body() : "granted";
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "-, granted",
        "Bearer a.good, granted",
        "Bearer a.bad, Jwt verification fails",
        "Bearer c.good, Jwt issuer is not configured",
        "Basic xyz, granted",
        "bearer a.bad, granted"
      })
  void aTokenMayBeMissingButNotWrong(@Nullable String authorization, String expected) {
    if (authorization != null) {
      request.headers.put("authorization", authorization);
    }
    assertThat(words(judge(optional(A), A))).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "-, granted",
        "a.good, granted",
        "b.good, granted",
        "a.bad, Jwt verification fails",
        "b.bad, Jwt verification fails",
        "c.good, Jwt issuer is not configured"
      })
  void severalIssuersShareAPlace(@Nullable String token, String expected) {
    if (token != null) {
      request.headers.put("authorization", "Bearer " + token);
    }
    assertThat(words(judge(BOTH, A, B))).isEqualTo(expected);
  }

  /** Envoy's Filter::onComplete: status, challenge and body; RFC 6750 §3. */
  @Test
  void answersAsEnvoyDoes() {
    assertThat(((Verdict.Denied) judge(new Token(A), A)).answer().headers())
        .containsExactly(
            new Header("www-authenticate", "Bearer realm=\"http://catalog:8080/items?page=1\""),
            new Header("content-type", "text/plain"));
    request.headers.put("authorization", "Bearer a.bad");
    Verdict.Denied denied = (Verdict.Denied) judge(new Token(A), A);
    Answer answer = denied.answer();
    assertThat(answer.status()).isEqualTo(401);
    assertThat(answer.headers().get(0).value())
        .endsWith("/items?page=1\", error=\"invalid_token\"");
    assertThat(denied.policy()).isEqualTo("jwt_authn_access_denied{Jwt_verification_fails}");
  }

  @ParameterizedTest
  @CsvSource({
    "x-token, a.good, /items, granted",
    "x-token, a.good and more, /items, Jwt verification fails",
    "other, x, /items?token=, Jwt issuer is not configured",
    "other, x, /items?token=a.good&token=a.bad, granted",
    // A server decodes names, too, and takes the first.
    "other, x, /items?tok%65n=a.bad&token=a.good, Jwt verification fails",
    "x-token, a.good, /items?token=a.bad, Jwt verification fails",
    "x-token, a.bad, /items?token=a.good, Jwt verification fails",
    "x-token, a.good, /items?token=a.good, granted",
    "x-prefixed, pre a.good, /items, granted",
    "x-prefixed, 'pre , a.good', /items, granted",
    "x-prefixed, 'pre a.good, more', /items, Jwt verification fails",
    "authorization, Bearer a.good, /items, Jwt is missing",
    "other, x, /items?x=1&token=a.good, granted",
    "other, x, /items?access_token=a.good, Jwt is missing",
    "cookie, u=1; session=a.good, /items, granted",
    "cookie, u=1; sessions=a.good, /items, Jwt is missing"
  })
  void placesOfItsOwn(String header, String value, String path, String expected) {
    JwtProvider provider =
        provider(
            "a",
            true,
            List.of(new FromHeader("x-token", ""), new FromHeader("x-prefixed", "pre ")),
            List.of("token"),
            List.of("session"));
    request.headers.put(header, value);
    request.path = path;
    assertThat(words(judge(new Token(provider), provider))).isEqualTo(expected);
  }

  /** buildOriginalUri: with the query, of path and query at most 256 characters. */
  @Test
  void theRealmIsWhatWasAskedFor() {
    request.path = "/items/x/..?q=" + "x".repeat(300);
    String challenge = ((Verdict.Denied) judge(new Token(A), A)).answer().headers().get(0).value();
    assertThat(challenge)
        .isEqualTo("Bearer realm=\"http://catalog:8080/items/?q=" + "x".repeat(246) + "\"");
  }

  @Test
  void theQueryIsADefaultPlace() {
    request.path = "/items?access_token=a.good";
    assertThat(words(judge(new Token(A), A))).isEqualTo("granted");
  }

  /** JwtParamLocation::removeJwt; a token in a cookie stays, as JwtCookieLocation has it. */
  @ParameterizedTest
  @CsvSource({
    "false, /items?access_token=a.good, ''",
    "false, /items?a=1&access_token=a.good&b, a=1&b",
    "false, /items?access%5Ftoken=a.good&b, b",
    "false, /items?a=1, ",
    "true, /items?access_token=a.good, ",
  })
  void aTokenIsTakenOutOfTheQueryUnlessItIsForwarded(
      boolean forward, String path, @Nullable String query) {
    JwtProvider provider = provider("a", forward, List.of(), List.of(), List.of());
    request.path = path;
    Facts facts = facts();
    facts.accept((Verdict.Granted) judge(optional(provider), provider));
    assertThat(facts.query()).isEqualTo(query);
  }

  /** JwtProvider.forward, forward_payload_header, claim_to_headers. */
  @Test
  void theApplicationIsToldOfTheToken() {
    request.headers.put("authorization", "Bearer a.good");
    request.headers.put("x-user", "forged");
    request.headers.put("x-evil", "forged");
    Facts facts = facts();
    facts.accept((Verdict.Granted) judge(new Token(A), A));
    assertThat(facts.header("authorization")).isNull();
    assertThat(facts.header("x-payload")).isEqualTo("payload");
    assertThat(facts.header("x-user")).isEqualTo("alice");
    assertThat(facts.header("x-level")).isEqualTo("3");
    assertThat(facts.header("x-admin")).isEqualTo("true");
    assertThat(facts.header("x-evil")).as("no header of two lines").isNull();
    assertThat(facts.header("x-map")).as("JSON, encoded").isEqualTo("eyJuYW1lIjoiYWxpY2UifQ==");
    assertThat(facts.claims().get("scope")).isEqualTo(List.of("read", "write"));
  }

  /** JwtClaimToHeader: "This header is only reserved for jwt claim". */
  @Test
  void withoutATokenNobodyElseSaysWhatItWouldSay() {
    request.headers.put("x-user", "forged");
    request.headers.put("x-payload", "forged");
    Facts facts = facts();
    facts.accept((Verdict.Granted) judge(optional(A), A));
    assertThat(facts.header("x-user")).isNull();
    assertThat(facts.header("x-payload")).isNull();
  }

  /** JwtAuthentication.bypass_cors_preflight, which Istio sets. */
  @Test
  void preflightsCarryNoToken() {
    request.method = "OPTIONS";
    assertThat(words(judge(new Token(A), A))).isEqualTo("Jwt is missing");
    request.headers.put("origin", "https://a");
    request.headers.put("access-control-request-method", "GET");
    assertThat(words(judge(new Token(A), A))).isEqualTo("granted");
  }

  @Test
  void waitsForKeysAndAsksAgain() {
    CompletableFuture<Object> keys = new CompletableFuture<>();
    request.headers.put("authorization", "Bearer a.good");
    JwtVerifier verifier =
        (token, provider, mesh) -> keys.isDone() ? verify(token, provider) : new Fetching(keys);
    JudgedCall call =
        new JudgedCall(
            PortJudge.of(
                new JwtJudge(
                    new InboundFilter.JwtAuthentication(new Token(A), List.of(A), true),
                    verifier,
                    MeshRequests.NONE)),
            request,
            new RecordingTelemetry().inbound(request));
    assertThat(call.next()).isEqualTo(new InboundStep.Wait(keys)).isEqualTo(call.next());
    keys.complete(new Object());
    InboundStep.Proceed proceed = (InboundStep.Proceed) Objects.requireNonNull(call.next());
    assertThat(proceed.requestHeaders().set()).contains(new Header("x-user", "alice"));
  }
}
