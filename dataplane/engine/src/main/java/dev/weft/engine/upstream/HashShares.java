package dev.weft.engine.upstream;

import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * Endpoints and their shares of a ring or table, as Envoy normalizes weights: of all localities'
 * weight, or of all endpoints' where localities don't matter.
 */
final class HashShares {

  final Target[] targets;

  /** Parallel to the targets; above 0. */
  final double[] shares;

  private HashShares(Target[] targets, double[] shares) {
    this.targets = targets;
    this.shares = shares;
  }

  /**
   * @param whole what all of them have together
   */
  static HashShares of(Target[] targets, double whole) {
    long sum = Arrays.stream(targets).mapToLong(Target::weight).sum();
    return new HashShares(
        targets,
        Arrays.stream(targets).mapToDouble(target -> target.weight() * whole / sum).toArray());
  }

  static HashShares concat(List<HashShares> parts) {
    return new HashShares(
        parts.stream().flatMap(part -> Arrays.stream(part.targets)).toArray(Target[]::new),
        parts.stream().flatMapToDouble(part -> DoubleStream.of(part.shares)).toArray());
  }

  double smallest() {
    return Arrays.stream(shares).min().orElse(1);
  }

  double largest() {
    return Arrays.stream(shares).max().orElse(1);
  }
}
