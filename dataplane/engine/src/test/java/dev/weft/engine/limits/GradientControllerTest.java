package dev.weft.engine.limits;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.ResponseFlag;
import dev.weft.engine.VirtualTimer;
import dev.weft.engine.model.AdaptiveConcurrency;
import dev.weft.engine.model.AdaptiveConcurrency.MinRtt;
import dev.weft.engine.spi.MeshRequests;
import dev.weft.engine.spi.RateLimitCodec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Envoy, extensions.filters.http.adaptive_concurrency.v3.GradientControllerConfig. */
class GradientControllerTest {

  private static final Duration WINDOW = Duration.ofMillis(100);

  private final VirtualTimer timer = new VirtualTimer();
  private final Random random = new Random(3);

  private GradientController controller(@Nullable Duration fixed, int min, int max) {
    return new GradientController(settings(fixed, min, max), () -> random, timer.nanoTime());
  }

  private static AdaptiveConcurrency settings(@Nullable Duration fixed, int min, int max) {
    return new AdaptiveConcurrency(
        "ac",
        0.5,
        max,
        WINDOW,
        new MinRtt(fixed, Duration.ofSeconds(60), 10, 0.15, min, 0.25),
        503);
  }

  /** As many requests as a window has, each of that many milliseconds. */
  private void window(GradientController controller, long millis) {
    long now = timer.nanoTime();
    for (int i = 0; i < 10; i++) {
      controller.sample(now, millis * 1_000, now);
    }
    timer.pass(WINDOW);
    controller.limit(timer.nanoTime());
  }

  private int limit(GradientController controller) {
    return controller.limit(timer.nanoTime());
  }

  @Test
  void growsWhileRequestsAreFast() {
    GradientController controller = controller(null, 3, 1000);
    assertThat(limit(controller)).as("min_concurrency, while minRTT is measured").isEqualTo(3);
    window(controller, 10);
    int before = limit(controller);
    for (int i = 0; i < 12; i++) {
      window(controller, 10);
      assertThat(limit(controller)).isGreaterThan(before);
      before = limit(controller);
    }
    for (int i = 0; i < 40; i++) {
      window(controller, 10);
    }
    assertThat(limit(controller)).as("max_concurrency_limit").isEqualTo(1000);
  }

  /** gradient = minRTT × (1 + buffer) ÷ sampleRTT, 0.5 at least; plus √limit. */
  @Test
  void fallsWhenTheyGetSlowAndRecovers() {
    GradientController controller = controller(Duration.ofMillis(10), 3, 1000);
    for (int i = 0; i < 60; i++) {
      window(controller, 10);
    }
    assertThat(limit(controller)).isEqualTo(1000);
    window(controller, 1000);
    assertThat(limit(controller)).as("1000 / 2 + √500").isEqualTo(522);
    window(controller, 1000);
    assertThat(limit(controller)).as("522 / 2 + √261").isEqualTo(277);
    for (int i = 0; i < 20; i++) {
      window(controller, 1000);
    }
    assertThat(limit(controller)).isEqualTo(3);
    for (int i = 0; i < 60; i++) {
      window(controller, 10);
    }
    assertThat(limit(controller)).isEqualTo(1000);
  }

  /** After interval, with jitter, and after five windows at the lowest limit. */
  @Test
  void theIdealTimeIsMeasuredAnew() {
    GradientController controller = controller(null, 3, 1000);
    window(controller, 10);
    for (int i = 0; i < 8; i++) {
      window(controller, 10);
    }
    int before = limit(controller);
    assertThat(before).isBetween(20, 500);
    timer.pass(Duration.ofSeconds(69)); // 60 s and 15 % at most
    assertThat(limit(controller)).as("while it is measured").isEqualTo(3);
    window(controller, 500);
    assertThat(limit(controller)).as("as before").isGreaterThanOrEqualTo(before);
    window(controller, 500);
    assertThat(limit(controller)).as("500 ms are ideal now").isGreaterThan(before);
    for (int i = 0; i < 10; i++) {
      window(controller, 60_000);
    }
    assertThat(limit(controller)).isEqualTo(3);
    for (int i = 0; i < 60; i++) {
      window(controller, 60_000);
    }
    assertThat(limit(controller)).as("a minute is ideal now").isEqualTo(1000);
  }

  @Property(tries = 200)
  void isNeverOutOfBounds(
      @ForAll @IntRange(min = 1, max = 20) int min,
      @ForAll @IntRange(min = 20, max = 400) int max,
      @ForAll @Size(max = 100) List<@LongRange(max = 5_000) Long> millis) {
    GradientController controller = controller(null, min, max);
    for (long each : millis) {
      window(controller, each);
      assertThat(limit(controller)).isBetween(min, max);
    }
  }

  /** concurrency_limit_exceeded_status; Envoy sets no flag. */
  @Test
  void refusesBeyondTheLimit() {
    ConcurrencyLimiter limiter =
        new ConcurrencyLimiter(
            settings(null, 2, 2),
            new LimitSurroundings(timer, () -> random, MeshRequests.NONE, RateLimitCodec.NONE));
    List<Permit> permits = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      Decision.Allowed allowed = (Decision.Allowed) limiter.decide();
      permits.add(Objects.requireNonNull(allowed.permit()));
    }
    Decision.Refused refused = (Decision.Refused) limiter.decide();
    assertThat(refused.answer().status()).isEqualTo(503);
    assertThat(refused.answer().body()).isEqualTo("reached concurrency limit");
    assertThat(refused.answer().flag()).isEqualTo(ResponseFlag.NONE);
    assertThat(refused.details()).isEqualTo("reached_concurrency_limit");
    permits.get(0).release(false);
    assertThat(limiter.decide()).isInstanceOf(Decision.Allowed.class);
    assertThat(limiter.decide()).isInstanceOf(Decision.Refused.class);
  }

  @Property(tries = 300)
  void quantilesAreWithinASixteenth(
      @ForAll @Size(min = 1, max = 200) List<@LongRange(max = 10_000_000) Long> micros,
      @ForAll @IntRange(min = 1, max = 100) int percent) {
    LatencyHistogram histogram = new LatencyHistogram(0);
    micros.forEach(histogram::add);
    List<Long> sorted = micros.stream().sorted().toList();
    int rank = (int) Math.ceil(percent / 100.0 * sorted.size());
    double exact = Math.max(1, sorted.get(Math.max(1, rank) - 1));
    assertThat(histogram.quantile(percent / 100.0) / exact).isBetween(1 - 1 / 16.0, 1 + 1 / 16.0);
  }
}
