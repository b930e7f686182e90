package dev.weft.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What was measured, again and again. */
final class Samples {

  private final List<Double> values = new ArrayList<>();

  void add(double value) {
    values.add(value);
  }

  int size() {
    return values.size();
  }

  /** The middle one, or the mean of the two in the middle. */
  double median() {
    if (values.isEmpty()) {
      throw new IllegalStateException("nothing was measured");
    }
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  /**
   * The median of what each round had as its ratio: what drifts from round to round, as the speed
   * of a shared machine does, has no part in it.
   */
  Samples over(Samples others) {
    if (size() != others.size()) {
      throw new IllegalArgumentException(size() + " rounds, but " + others.size());
    }
    Samples ratios = new Samples();
    for (int i = 0; i < size(); i++) {
      ratios.add(values.get(i) / others.values.get(i));
    }
    return ratios;
  }

  /** As {@link #over}, for differences. */
  Samples minus(Samples others) {
    if (size() != others.size()) {
      throw new IllegalArgumentException(size() + " rounds, but " + others.size());
    }
    Samples differences = new Samples();
    for (int i = 0; i < size(); i++) {
      differences.add(values.get(i) - others.values.get(i));
    }
    return differences;
  }

  /**
   * The smallest value that at least {@code percent} of all are not above (nearest rank).
   *
   * @param percent above 0, up to 100
   */
  static long percentile(long[] values, double percent) {
    if (values.length == 0) {
      throw new IllegalStateException("nothing was measured");
    }
    long[] sorted = values.clone();
    Arrays.sort(sorted);
    int rank = (int) Math.ceil(percent / 100 * sorted.length);
    return sorted[Math.max(0, rank - 1)];
  }
}
