package dev.weft.engine.outbound;

import dev.weft.engine.upstream.Upstream;
import org.jspecify.annotations.Nullable;

/**
 * Envoy's retry priority {@code previous_priorities} for one call: retries go to priorities that
 * were not tried. After each so many attempts those that were are left out from then on; when none
 * is left, all are tried again.
 */
final class PreviousPriorities {

  private final int updateFrequency;
  private @Nullable ForwardedAttempt counted;
  private int attempts;
  private long attempted;
  private long without;

  PreviousPriorities(int updateFrequency) {
    this.updateFrequency = updateFrequency;
  }

  /**
   * Asked before each retry, and again if it has to wait for something.
   *
   * @param last the attempt before it
   * @return a bit for each priority to leave out, the highest priority's the lowest
   */
  long without(Upstream cluster, @Nullable ForwardedAttempt last) {
    if (last == null || last == counted) {
      return without;
    }
    counted = last;
    attempts++;
    attempted |= cluster.priority(last.target);
    if (attempts % updateFrequency == 0) {
      without |= attempted;
      if (!cluster.available(without)) {
        attempts = 0;
        attempted = 0;
        without = 0;
      }
    }
    return without;
  }
}
