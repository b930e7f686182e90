package dev.weft.engine.limits;

import dev.weft.engine.Answer;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.model.MaxRequests;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** As an Envoy's circuit breaker for the application behind it. */
final class MaxRequestsLimiter {

  private static final Decision REFUSAL =
      new Decision.Refused(
          new Answer(
              503,
              List.of(
                  new Header("content-type", "text/plain"),
                  new Header("x-envoy-overloaded", "true")),
              "upstream connect error or disconnect/reset before headers. reset reason: overflow",
              ResponseFlag.UPSTREAM_OVERFLOW),
          "upstream_reset_before_response_started{overflow}");

  private final int limit;
  private final AtomicInteger active = new AtomicInteger();
  private final Decision allowed =
      new Decision.Allowed(
          HeaderEdits.NONE, HeaderEdits.NONE, completed -> active.decrementAndGet());

  MaxRequestsLimiter(MaxRequests settings) {
    limit = settings.limit();
  }

  Decision decide() {
    if (active.incrementAndGet() <= limit) {
      return allowed;
    }
    active.decrementAndGet();
    return REFUSAL;
  }
}
