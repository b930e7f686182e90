package dev.weft.engine.limits;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.model.RateLimit.Bucket;
import dev.weft.engine.model.RateLimit.Entry;
import java.time.Duration;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Envoy, LocalRateLimit.max_dynamic_descriptors. */
class DynamicBucketsTest {

  private static final Bucket ONE_A_DAY = new Bucket(1, 1, Duration.ofDays(1));

  private static List<Entry> user(int number) {
    return List.of(new Entry("x-user", Integer.toString(number)));
  }

  @Property(tries = 200)
  void areBoundedAndRememberTheLastValues(
      @ForAll @IntRange(min = 1, max = 8) int max,
      @ForAll @Size(max = 100) List<@IntRange(max = 30) Integer> users) {
    DynamicBuckets buckets = new DynamicBuckets(ONE_A_DAY, max);
    for (int i = 0; i < users.size(); i++) {
      int user = users.get(i);
      boolean passed = buckets.of(user(user), 0).take(0);
      assertThat(buckets.size()).isLessThanOrEqualTo(2 * max);
      int last = users.subList(0, i).lastIndexOf(user);
      long others = last < 0 ? 0 : users.subList(last + 1, i).stream().distinct().count();
      if (last < 0 || others < max) {
        assertThat(passed).as("user %s after %s others", user, others).isEqualTo(last < 0);
      }
    }
  }
}
