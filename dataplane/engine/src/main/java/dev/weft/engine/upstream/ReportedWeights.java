package dev.weft.engine.upstream;

import dev.weft.engine.model.LoadBalancing.ClientSideWeighted;
import java.util.Arrays;

/** What endpoints weigh at one moment by what they report; after Envoy's OrcaWeightManager. */
final class ReportedWeights {

  private ReportedWeights() {}

  /** What those of a priority weigh who have no weight: the median of those who do. */
  static double unknown(HostSet priority, ClientSideWeighted policy, long now) {
    return median(
        priority
            .targets()
            .mapToDouble(target -> target.state.reported.at(now, policy))
            .filter(weight -> weight > 0)
            .sorted()
            .toArray());
  }

  static double[] of(Target[] targets, double unknown, ClientSideWeighted policy, long now) {
    return Arrays.stream(targets)
        .mapToDouble(
            target -> {
              double weight = target.state.reported.at(now, policy);
              return weight > 0 ? weight : unknown;
            })
        .toArray();
  }

  /** In whole numbers; 1 of none. */
  private static double median(double[] sorted) {
    if (sorted.length == 0) {
      return 1;
    }
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1
        ? sorted[middle]
        : Math.floor((sorted[middle - 1] + sorted[middle]) / 2);
  }
}
