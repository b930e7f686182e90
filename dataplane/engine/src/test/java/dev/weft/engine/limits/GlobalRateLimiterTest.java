package dev.weft.engine.limits;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.VirtualTimer;
import dev.weft.engine.model.Fraction;
import dev.weft.engine.model.RateLimit;
import dev.weft.engine.model.RateLimit.Entry;
import dev.weft.engine.model.RateLimit.Refusal;
import dev.weft.engine.model.RateLimitRule;
import dev.weft.engine.model.RateLimitRule.HeaderValue;
import dev.weft.engine.spi.AsyncClient;
import dev.weft.engine.spi.MeshRequests;
import dev.weft.engine.spi.RateLimitCodec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Envoy, extensions.filters.http.ratelimit.v3.RateLimit. */
class GlobalRateLimiterTest {

  private static final List<RateLimitRule> RULES =
      List.of(
          new RateLimitRule(0, List.of(new HeaderValue("x-user", "user", false))),
          new RateLimitRule(1, List.of(new HeaderValue("x-user", "other stage", false))));

  private final Random random = new Random(7);
  private final List<String> asked = new ArrayList<>();
  private final CompletableFuture<byte[]> answered = new CompletableFuture<>();
  private boolean known = true;
  private RateLimitCodec.Answer answer =
      new RateLimitCodec.Answer(false, List.of(), List.of(), List.of(), "");

  private final MeshRequests mesh =
      new MeshRequests() {
        @Override
        public @Nullable CompletionStage<AsyncClient.Response> send(
            String cluster, AsyncClient.Request request, Duration timeout) {
          throw new AssertionError();
        }

        @Override
        public @Nullable CompletionStage<byte[]> unary(
            String cluster,
            String authority,
            String method,
            List<Header> metadata,
            byte[] message,
            Duration timeout) {
          String text = new String(message, StandardCharsets.UTF_8);
          asked.add(String.join(" ", cluster, authority, method, text, timeout.toString()));
          return known ? answered : null;
        }
      };

  private final RateLimitCodec codec =
      new RateLimitCodec() {
        @Override
        public byte[] request(String domain, List<List<Entry>> descriptors) {
          return (domain + descriptors).getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public Answer answer(byte[] response) {
          if (response.length > 0) {
            throw new IllegalArgumentException();
          }
          return answer;
        }
      };

  private Limiter limiter(boolean failClosed, boolean marks, boolean shows) {
    RateLimit limit =
        new RateLimit.Global(
            "global",
            "rls",
            "ratelimit",
            "shop",
            Duration.ofMillis(20),
            failClosed,
            500,
            null,
            0,
            Fraction.ALL,
            Fraction.ALL,
            new Refusal(429, HeaderEdits.NONE, false),
            marks,
            shows);
    return new Limiters(new LimitSurroundings(new VirtualTimer(), () -> random, mesh, codec), null)
        .of(limit, RULES);
  }

  private static Decision decision(Limiter limiter) {
    Decision decision = limiter.decide(FakeLimitedRequest.with("x-user", "ann"));
    return decision instanceof Decision.Pending pending
        ? pending.decision().toCompletableFuture().join()
        : decision;
  }

  /**
   * domain, stage, timeout: 20 ms; a request without a descriptor, or without a cluster, passes.
   */
  @Test
  void asksAboutTheDescriptorsOfItsStage() {
    Limiter limiter = limiter(true, true, false);
    assertThat(limiter.decide(FakeLimitedRequest.with("x-user", "ann")))
        .isInstanceOf(Decision.Pending.class);
    assertThat(asked)
        .containsExactly(
            "rls ratelimit envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit"
                + " shop[[Entry[key=user, value=ann]]] PT0.02S");
    assertThat(limiter.decide(FakeLimitedRequest.with())).isInstanceOf(Decision.Allowed.class);
    FakeLimitedRequest toNowhere = FakeLimitedRequest.with("x-user", "ann");
    toNowhere.cluster = null;
    assertThat(limiter.decide(toNowhere)).isInstanceOf(Decision.Allowed.class);
    assertThat(asked).hasSize(1);
  }

  /** request_headers_to_add, response_headers_to_add. */
  @Test
  void belowTheLimit() {
    answer =
        new RateLimitCodec.Answer(
            false,
            List.of(),
            List.of(new Header("x-a", "1"), new Header("content-length", "1")),
            List.of(new Header("x-b", "2"), new Header(":path", "/admin")),
            "");
    answered.complete(new byte[0]);
    Decision.Allowed allowed = (Decision.Allowed) decision(limiter(true, true, false));
    assertThat(allowed.responseHeaders().add()).containsExactly(new Header("x-a", "1"));
    assertThat(allowed.requestHeaders().add()).containsExactly(new Header("x-b", "2"));
  }

  /** OVER_LIMIT, raw_body, x-envoy-ratelimited. */
  @Test
  void beyondTheLimit() {
    answer =
        new RateLimitCodec.Answer(
            true, List.of(), List.of(new Header("content-type", "text/html")), List.of(), "slow");
    answered.complete(new byte[0]);
    Decision.Refused refused = (Decision.Refused) decision(limiter(false, true, false));
    assertThat(refused.details()).isEqualTo("request_rate_limited");
    assertThat(refused.answer().status()).isEqualTo(429);
    assertThat(refused.answer().flag()).isEqualTo(ResponseFlag.RATE_LIMITED);
    assertThat(refused.answer().body()).isEqualTo("slow");
    assertThat(refused.answer().headers())
        .containsExactlyInAnyOrder(
            new Header("content-type", "text/html"), new Header("x-envoy-ratelimited", "true"));
    Decision.Refused unmarked = (Decision.Refused) decision(limiter(false, false, false));
    assertThat(unmarked.answer().headers())
        .as("disable_x_envoy_ratelimited_header")
        .containsExactly(new Header("content-type", "text/html"));
  }

  /** enable_x_ratelimit_headers: DRAFT_VERSION_03. */
  @Test
  void showsTheQuotas() {
    answer =
        new RateLimitCodec.Answer(
            false,
            List.of(
                new RateLimitCodec.Quota(4, 3600, "", 5, 6),
                new RateLimitCodec.Quota(1, 60, "first", 2, 3)),
            List.of(),
            List.of(),
            "");
    answered.complete(new byte[0]);
    Decision.Allowed allowed = (Decision.Allowed) decision(limiter(false, true, true));
    assertThat(allowed.responseHeaders().add())
        .containsExactly(
            new Header("x-ratelimit-limit", "1, 4;w=3600, 1;w=60;name=\"first\""),
            new Header("x-ratelimit-remaining", "2"),
            new Header("x-ratelimit-reset", "3"));
  }

  /** failure_mode_deny: a failure, an answer that can't be read, nobody to ask. */
  @Test
  void failsOpenUnlessToldOtherwise() {
    answered.complete(new byte[1]);
    assertThat(decision(limiter(false, true, false))).isInstanceOf(Decision.Allowed.class);
    answered.obtrudeException(new IllegalStateException());
    assertThat(decision(limiter(false, true, false))).isInstanceOf(Decision.Allowed.class);
    Decision.Refused refused = (Decision.Refused) decision(limiter(true, true, false));
    assertThat(refused.answer().status()).isEqualTo(500);
    assertThat(refused.answer().flag()).isEqualTo(ResponseFlag.RATE_LIMIT_SERVICE_ERROR);
    assertThat(refused.details()).isEqualTo("rate_limiter_error");
    known = false;
    assertThat(decision(limiter(false, true, false))).isInstanceOf(Decision.Allowed.class);
    assertThat(decision(limiter(true, true, false))).isInstanceOf(Decision.Refused.class);
  }
}
