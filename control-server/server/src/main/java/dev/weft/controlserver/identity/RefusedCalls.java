package dev.weft.controlserver.identity;

import com.google.common.base.Ascii;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Calls that were refused for who their caller is: how many, and why the last ones were. */
public final class RefusedCalls {
  private static final int KEPT = 20;
  private static final int LONGEST_REASON = 300;

  private final Clock clock;
  private long count;

  /** The longest ago comes first. */
  private final Map<Why, Last> reasons = new LinkedHashMap<>();

  private record Why(String address, String method, String reason) {}

  private record Last(long times, Instant at) {}

  /**
   * Calls that were refused for the same reason.
   *
   * @param address without a port: whoever tries again has another one each time
   * @param times since it was last out of the list
   */
  public record Refusal(
      String address, String method, String reason, long times, Instant lastTime) {}

  /** Nothing was refused yet. */
  public RefusedCalls(Clock clock) {
    this.clock = clock;
  }

  synchronized void add(String address, String method, String reason) {
    count++;
    // What a caller claims to be is part of it.
    Why why = new Why(address, method, Ascii.truncate(reason, LONGEST_REASON, "…"));
    Last before = reasons.remove(why);
    reasons.put(why, new Last(before == null ? 1 : before.times + 1, clock.instant()));
    if (reasons.size() > KEPT) {
      Iterator<Why> eldest = reasons.keySet().iterator();
      eldest.next();
      eldest.remove();
    }
  }

  /** All there were. */
  public synchronized long count() {
    return count;
  }

  /** The last ones, the latest last; twenty at most. */
  public synchronized List<Refusal> last() {
    List<Refusal> last = new ArrayList<>();
    reasons.forEach(
        (why, of) -> last.add(new Refusal(why.address, why.method, why.reason, of.times, of.at)));
    return last;
  }
}
