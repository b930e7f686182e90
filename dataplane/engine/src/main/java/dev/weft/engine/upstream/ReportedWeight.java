package dev.weft.engine.upstream;

import dev.weft.engine.model.LoadBalancing.ClientSideWeighted;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** What one endpoint's load reports make it weigh; after Envoy's OrcaHostLbPolicyData. */
final class ReportedWeight {

  /**
   * @param since the first of the reports that followed each other
   */
  private record Report(double weight, long since, long last) {}

  private final AtomicReference<@Nullable Report> latest = new AtomicReference<>();

  void report(double weight, long now, ClientSideWeighted policy) {
    latest.updateAndGet(
        before ->
            new Report(
                weight, before == null || expired(before, now, policy) ? now : before.since, now));
  }

  /**
   * @return 0: none that counts
   */
  double at(long now, ClientSideWeighted policy) {
    Report report = latest.get();
    return report == null
            || now - report.since < policy.blackout().toNanos()
            || expired(report, now, policy)
        ? 0
        : report.weight;
  }

  private static boolean expired(Report report, long now, ClientSideWeighted policy) {
    return now - report.last > policy.expiration().toNanos();
  }
}
