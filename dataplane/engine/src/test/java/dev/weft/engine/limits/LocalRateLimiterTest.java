package dev.weft.engine.limits;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.VirtualTimer;
import dev.weft.engine.model.Fraction;
import dev.weft.engine.model.RateLimit;
import dev.weft.engine.model.RateLimit.Bucket;
import dev.weft.engine.model.RateLimit.Entry;
import dev.weft.engine.model.RateLimit.LocalDescriptor;
import dev.weft.engine.model.RateLimit.Refusal;
import dev.weft.engine.model.RateLimitRule;
import dev.weft.engine.model.RateLimitRule.HeaderValue;
import dev.weft.engine.spi.MeshRequests;
import dev.weft.engine.spi.RateLimitCodec;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Envoy, extensions.filters.http.local_ratelimit.v3.LocalRateLimit. */
class LocalRateLimiterTest {

  private static final List<RateLimitRule> RULES =
      List.of(
          new RateLimitRule(0, List.of(new HeaderValue("x-user", "user", false))),
          new RateLimitRule(0, List.of(new HeaderValue("x-plan", "plan", false))));
  private static final Refusal REFUSAL = new Refusal(429, HeaderEdits.NONE, false);

  private final VirtualTimer timer = new VirtualTimer();
  private final Random random = new Random(7);
  private final LimitSurroundings surroundings =
      new LimitSurroundings(timer, () -> random, MeshRequests.NONE, RateLimitCodec.NONE);

  private @Nullable Limiters limiters;

  private static Bucket bucket(int tokens, int seconds) {
    return new Bucket(tokens, tokens, Duration.ofSeconds(seconds));
  }

  private static LocalDescriptor descriptor(String key, String value, Bucket bucket) {
    return new LocalDescriptor(List.of(new Entry(key, value)), bucket);
  }

  private static RateLimit.Local limit(
      @Nullable Bucket bucket, boolean always, LocalDescriptor... descriptors) {
    return limit(bucket, always, Fraction.ALL, Fraction.ALL, REFUSAL, false, descriptors);
  }

  private static RateLimit.Local limit(
      @Nullable Bucket bucket,
      boolean always,
      Fraction enabled,
      Fraction enforced,
      Refusal refusal,
      boolean shows,
      LocalDescriptor... descriptors) {
    return new RateLimit.Local(
        "local",
        bucket,
        always,
        List.of(descriptors),
        20,
        null,
        0,
        enabled,
        enforced,
        refusal,
        new HeaderEdits(List.of(), List.of(new Header("x-over", "1")), List.of()),
        shows);
  }

  private Limiter limiter(RateLimit limit) {
    limiters = new Limiters(surroundings, limiters);
    return limiters.of(limit, RULES);
  }

  private static int passing(Limiter limiter, int requests, String... headers) {
    int passed = 0;
    for (int i = 0; i < requests; i++) {
      passed +=
          limiter.decide(FakeLimitedRequest.with(headers)) instanceof Decision.Allowed ? 1 : 0;
    }
    return passed;
  }

  /** token_bucket, where there are no descriptors. */
  @Test
  void oneBucketForAll() {
    Limiter limiter = limiter(limit(bucket(3, 60), true));
    assertThat(passing(limiter, 5, "x-user", "ann")).isEqualTo(3);
    timer.pass(Duration.ofSeconds(20));
    assertThat(passing(limiter, 5)).isEqualTo(1);
    Decision.Refused refused = (Decision.Refused) limiter.decide(FakeLimitedRequest.with());
    assertThat(refused.details()).isEqualTo("local_rate_limited");
    assertThat(refused.answer().status()).isEqualTo(429);
    assertThat(refused.answer().body()).isEqualTo("local_rate_limited");
    assertThat(refused.answer().flag()).isEqualTo(ResponseFlag.RATE_LIMITED);
    assertThat(refused.answer().headers())
        .containsExactly(new Header("content-type", "text/plain"));
  }

  /** always_consume_default_token_bucket. */
  @Test
  void aDescriptorHasItsOwnBucket() {
    LocalDescriptor free = descriptor("plan", "free", bucket(2, 60));
    Limiter apart = limiter(limit(bucket(1, 60), false, free));
    assertThat(passing(apart, 5, "x-plan", "free")).isEqualTo(2);
    assertThat(passing(apart, 5, "x-plan", "gold")).as("the default's").isEqualTo(1);
    Limiter both = limiter(limit(bucket(1, 60), true, free));
    assertThat(passing(both, 5, "x-plan", "free")).isEqualTo(1);
    Limiter none = limiter(limit(null, true, free));
    assertThat(passing(none, 5, "x-plan", "gold")).as("no bucket, no limit").isEqualTo(5);
  }

  /** An entry without a value stands for any, each with a bucket of its own. */
  @Test
  void openValuesAreToldApart() {
    Limiter limiter =
        limiter(
            limit(
                null,
                false,
                descriptor("user", "root", bucket(4, 60)),
                descriptor("user", "", bucket(2, 60))));
    assertThat(passing(limiter, 5, "x-user", "ann")).isEqualTo(2);
    assertThat(passing(limiter, 5, "x-user", "bob")).isEqualTo(2);
    assertThat(passing(limiter, 5, "x-user", "root")).as("the one that is named").isEqualTo(4);
    assertThat(passing(limiter, 5)).as("without the header").isEqualTo(5);
  }

  /** Descriptors are asked slowest first, and one that refuses spares those after it. */
  @Test
  void theSlowestBucketIsAskedFirst() {
    Limiter limiter =
        limiter(
            limit(
                null,
                false,
                descriptor("user", "ann", bucket(5, 60)),
                descriptor("plan", "free", bucket(2, 60))));
    assertThat(passing(limiter, 9, "x-user", "ann", "x-plan", "free")).isEqualTo(2);
    assertThat(passing(limiter, 9, "x-user", "ann")).isEqualTo(3);
  }

  /** filter_enabled, filter_enforced, request_headers_to_add_when_not_enforced. */
  @Test
  void sharesOfTheRequests() {
    Bucket one = bucket(1, 86_400);
    Fraction half = new Fraction(50, 100);
    Limiter off = limiter(limit(one, true, Fraction.NONE, Fraction.ALL, REFUSAL, false));
    assertThat(passing(off, 10)).isEqualTo(10);
    Limiter watching = limiter(limit(one, true, Fraction.ALL, Fraction.NONE, REFUSAL, false));
    assertThat(passing(watching, 10)).isEqualTo(10);
    Decision.Allowed over = (Decision.Allowed) watching.decide(FakeLimitedRequest.with());
    assertThat(over.requestHeaders().set()).containsExactly(new Header("x-over", "1"));
    Limiter partly = limiter(limit(one, true, half, Fraction.ALL, REFUSAL, false));
    assertThat(passing(partly, 1_000)).isBetween(430, 570);
  }

  /** status, response_headers_to_add, rate_limited_as_resource_exhausted. */
  @Test
  void theAnswer() {
    HeaderEdits why = new HeaderEdits(List.of(), List.of(), List.of(new Header("x-why", "a")));
    Limiter limiter =
        limiter(
            limit(
                bucket(1, 60),
                true,
                Fraction.ALL,
                Fraction.ALL,
                new Refusal(503, why, true),
                true));
    Decision.Allowed first = (Decision.Allowed) limiter.decide(FakeLimitedRequest.with());
    assertThat(first.responseHeaders().add())
        .as("enable_x_ratelimit_headers: DRAFT_VERSION_03")
        .containsExactly(
            new Header("x-ratelimit-limit", "1"),
            new Header("x-ratelimit-remaining", "0"),
            new Header("x-ratelimit-reset", "60"));
    Decision.Refused refused = (Decision.Refused) limiter.decide(FakeLimitedRequest.with());
    assertThat(refused.answer().status()).isEqualTo(503);
    assertThat(refused.answer().headers())
        .contains(
            new Header("x-why", "a"),
            new Header("grpc-status", "8"),
            new Header("x-ratelimit-remaining", "0"));
  }

  @Test
  void countsGoOnWhenConfigurationComesThatSaysTheSame() {
    assertThat(passing(limiter(limit(bucket(3, 60), true)), 2)).isEqualTo(2);
    assertThat(passing(limiter(limit(bucket(3, 60), true)), 5)).isEqualTo(1);
    assertThat(passing(limiter(limit(bucket(4, 60), true)), 5)).isEqualTo(4);
  }
}
