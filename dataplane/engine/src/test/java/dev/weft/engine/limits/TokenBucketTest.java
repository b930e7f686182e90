package dev.weft.engine.limits;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.model.RateLimit.Bucket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Envoy, type.v3.TokenBucket as its local rate limiter counts. */
class TokenBucketTest {

  /** Close to where nanoseconds wrap around. */
  private static final long START = Long.MAX_VALUE - 5;

  private static int taken(TokenBucket bucket, long now, int tries) {
    int taken = 0;
    for (int i = 0; i < tries; i++) {
      taken += bucket.take(now) ? 1 : 0;
    }
    return taken;
  }

  /** max_tokens, tokens_per_fill, fill_interval; after a time, so many of 100 requests pass. */
  static Stream<Arguments> refills() {
    return Stream.of(
        Arguments.of(10, 10, 60_000, 0, 0),
        Arguments.of(10, 10, 60_000, 5_999, 0),
        Arguments.of(10, 10, 60_000, 6_000, 1),
        Arguments.of(10, 10, 60_000, 60_000, 10),
        Arguments.of(10, 10, 60_000, 3_600_000, 10),
        Arguments.of(5, 3, 1_000, 1_000, 3),
        Arguments.of(5, 100, 1_000, 10, 1),
        Arguments.of(50, 1, 50, 1_000, 20));
  }

  @ParameterizedTest
  @MethodSource
  void refills(int max, int perFill, int intervalMillis, int passedMillis, int expected) {
    TokenBucket bucket =
        new TokenBucket(new Bucket(max, perFill, Duration.ofMillis(intervalMillis)), START);
    assertThat(taken(bucket, START, 100)).as("full at first").isEqualTo(max);
    long later = START + Duration.ofMillis(passedMillis).toNanos();
    assertThat(bucket.remaining(later)).isEqualTo(expected);
    assertThat(taken(bucket, later, 100)).isEqualTo(expected);
  }

  /** Envoy, TokenBucketContext::resetSeconds. */
  @Test
  void tellsWhenTheNextOneComes() {
    TokenBucket bucket = new TokenBucket(new Bucket(1, 2, Duration.ofSeconds(3)), START);
    assertThat(bucket.secondsToNext(START)).isZero();
    bucket.take(START);
    assertThat(bucket.secondsToNext(START)).isEqualTo(2);
  }

  /** Never more than the burst and what came since, and never less than what came, if asked. */
  @Property(tries = 300)
  void keepsToItsRate(
      @ForAll @IntRange(min = 1, max = 50) int max,
      @ForAll @IntRange(min = 1, max = 50) int perFill,
      @ForAll @LongRange(min = 50, max = 5_000) long intervalMillis,
      @ForAll @Size(min = 1, max = 200) List<@LongRange(max = 400_000_000) Long> pauses) {
    Bucket settings = new Bucket(max, perFill, Duration.ofMillis(intervalMillis));
    TokenBucket bucket = new TokenBucket(settings, START);
    double perNano = perFill / (double) settings.interval().toNanos();
    long now = START;
    long taken = taken(bucket, now, max + 1);
    for (long pause : pauses) {
      now += pause;
      taken += taken(bucket, now, max + 1);
      double came = (now - START) * perNano;
      assertThat((double) taken).isLessThanOrEqualTo(max + came + 1e-3);
    }
    boolean neverFull = pauses.stream().allMatch(pause -> pause * perNano < max - 1);
    if (neverFull) {
      assertThat((double) taken).isGreaterThan(max + (now - START) * perNano - 1 - 1e-3);
    }
  }

  @Test
  void isSharedByThreads() throws InterruptedException {
    TokenBucket bucket = new TokenBucket(new Bucket(10_000, 1, Duration.ofDays(1)), START);
    AtomicLong taken = new AtomicLong();
    List<Thread> threads =
        Stream.generate(() -> new Thread(() -> taken.addAndGet(taken(bucket, START, 6_000))))
            .limit(4)
            .toList();
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(taken).hasValue(10_000);
  }
}
