package dev.weft.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class SamplesTest {

  private static Samples of(double... values) {
    Samples samples = new Samples();
    for (double value : values) {
      samples.add(value);
    }
    return samples;
  }

  @Test
  void theMedianIsTheMiddleOne() {
    assertThat(of(9, 1, 5).median()).isEqualTo(5);
  }

  @Test
  void theMedianOfAnEvenNumberIsBetweenTheTwoInTheMiddle() {
    assertThat(of(100, 1, 4, 2).median()).isEqualTo(3);
  }

  @Test
  void noMedianOfNothing() {
    assertThatThrownBy(() -> of().median()).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void ratiosAreTakenRoundByRound() {
    // The machine is half as fast in the second round; each round says 1.1.
    assertThat(of(11, 22, 11).over(of(10, 20, 10)).median()).isCloseTo(1.1, within(1e-9));
  }

  @Test
  void differencesAreTakenRoundByRound() {
    assertThat(of(15, 105, 1_005).minus(of(10, 100, 1_000)).median()).isEqualTo(5);
  }

  @Test
  void roundsMustPairUp() {
    assertThatThrownBy(() -> of(1, 2).over(of(1))).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> of(1).minus(of(1, 2))).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void percentilesAreNearestRanks() {
    long[] hundred = LongStream.rangeClosed(1, 100).map(i -> 101 - i).toArray();
    assertThat(Samples.percentile(hundred, 99)).isEqualTo(99);
    assertThat(Samples.percentile(hundred, 100)).isEqualTo(100);
    assertThat(Samples.percentile(hundred, 50)).isEqualTo(50);
    assertThat(Samples.percentile(hundred, 0.1)).isEqualTo(1);
    assertThat(Samples.percentile(new long[] {7}, 99)).isEqualTo(7);
  }

  @Test
  void percentilesLeaveTheValuesInTheirOrder() {
    long[] values = {3, 1, 2};
    assertThat(Samples.percentile(values, 100)).isEqualTo(3);
    assertThat(values).containsExactly(3, 1, 2);
  }
}
