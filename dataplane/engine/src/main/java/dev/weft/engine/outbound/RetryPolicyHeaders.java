package dev.weft.engine.outbound;

import dev.weft.engine.HeaderSource;
import dev.weft.engine.model.HeaderMatch;
import dev.weft.engine.model.RetryPolicy;
import dev.weft.engine.model.StringMatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A route's retry policy with what a request adds to it, as Envoy's {@code RetryStateImpl} merges
 * them.
 */
final class RetryPolicyHeaders {

  /** What Envoy takes for unset: one retry, on nothing. */
  private static final RetryPolicy DEFAULT =
      new RetryPolicy(
          Set.of(),
          1,
          null,
          Duration.ofMillis(25),
          Duration.ofMillis(250),
          Set.of(),
          List.of(),
          List.of(),
          false,
          false);

  private RetryPolicyHeaders() {}

  /**
   * @return null if the request adds nothing
   */
  static @Nullable RetryPolicy merged(OutboundRequest request, @Nullable RetryPolicy route) {
    String on = request.header("x-envoy-retry-on");
    String grpcOn = request.header("x-envoy-retry-grpc-on");
    String max = request.header("x-envoy-max-retries");
    String codes = request.header("x-envoy-retriable-status-codes");
    String names = request.header("x-envoy-retriable-header-names");
    String hedge = request.header("x-envoy-hedge-on-per-try-timeout");
    if (on == null
        && grpcOn == null
        && (route == null || (max == null && codes == null && names == null && hedge == null))) {
      return null;
    }
    RetryPolicy base = route == null ? DEFAULT : route;
    Set<String> conditions = new HashSet<>(base.on());
    conditions.addAll(items(on));
    conditions.addAll(items(grpcOn));
    Set<Integer> statuses = new HashSet<>(base.retriableStatusCodes());
    for (String code : items(codes)) {
      long status = HeaderSource.wholeNumber(code);
      if (status >= 0) {
        statuses.add((int) Math.min(status, Integer.MAX_VALUE));
      }
    }
    List<HeaderMatch> headers = new ArrayList<>(base.retriableHeaders());
    for (String name : items(names)) {
      headers.add(new HeaderMatch(name.toLowerCase(Locale.ROOT), new StringMatch.Present(), false));
    }
    long retries = HeaderSource.wholeNumber(max);
    return new RetryPolicy(
        conditions,
        retries < 0 ? base.retries() : (int) Math.min(retries, Integer.MAX_VALUE),
        base.perTryTimeout(),
        base.backOffBase(),
        base.backOffMax(),
        statuses,
        headers,
        base.retriableRequestHeaders(),
        base.avoidPreviousHosts(),
        base.otherPrioritiesEvery(),
        hedge == null ? base.hedgeOnPerTryTimeout() : hedge.equals("true"));
  }

  private static List<String> items(@Nullable String list) {
    List<String> items = new ArrayList<>();
    for (String item : list == null ? new String[0] : list.split(",", -1)) {
      if (!item.isBlank()) {
        items.add(item.strip());
      }
    }
    return items;
  }
}
