package dev.weft.engine.limits;

import dev.weft.engine.Answer;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.model.RateLimit;
import dev.weft.engine.model.RateLimit.Entry;
import dev.weft.engine.spi.RateLimitCodec;
import dev.weft.engine.spi.RateLimitCodec.Quota;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * Envoy's rate limit filter: asks a service about the descriptors of each request that has some. It
 * fails open unless told otherwise.
 */
final class GlobalRateLimiter {

  private static final String METHOD =
      "envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit";
  private static final Header LIMITED = new Header("x-envoy-ratelimited", "true");

  private final RateLimit.Global limit;
  private final LimitSurroundings surroundings;
  private final Decision onError;

  GlobalRateLimiter(RateLimit.Global limit, LimitSurroundings surroundings) {
    this.limit = limit;
    this.surroundings = surroundings;
    onError =
        limit.failClosed()
            ? new Decision.Refused(
                new Answer(
                    limit.statusOnError(), List.of(), "", ResponseFlag.RATE_LIMIT_SERVICE_ERROR),
                "rate_limiter_error")
            : Decision.Allowed.PLAIN;
  }

  Decision decide(LimitedRequest request, Descriptors rules) {
    // Envoy leaves requests alone that go nowhere.
    if (request.destinationCluster() == null
        || !limit.enabled().hits(surroundings.random().get())) {
      return Decision.Allowed.PLAIN;
    }
    List<List<Entry>> descriptors = rules.of(request);
    if (descriptors.isEmpty()) {
      return Decision.Allowed.PLAIN;
    }
    CompletionStage<byte[]> answer =
        surroundings
            .mesh()
            .unary(
                limit.cluster(),
                limit.authority(),
                METHOD,
                List.of(),
                surroundings.codec().request(limit.domain(), descriptors),
                limit.timeout());
    return answer == null
        ? onError
        : new Decision.Pending(
            answer.handle((bytes, failure) -> failure == null ? read(bytes) : onError));
  }

  private Decision read(byte[] bytes) {
    RateLimitCodec.Answer answer;
    try {
      answer = surroundings.codec().answer(bytes);
    } catch (RuntimeException e) {
      return onError;
    }
    HeaderEdits response = adding(answer.responseHeaders());
    if (limit.showsLimit()) {
      response = response.then(quotas(answer.quotas()));
    }
    if (!answer.overLimit()) {
      return new Decision.Allowed(adding(answer.requestHeaders()), response, null);
    }
    if (limit.marksLimited()) {
      response = response.then(new HeaderEdits(List.of(), List.of(LIMITED), List.of()));
    }
    if (!limit.enforced().hits(surroundings.random().get())) {
      return new Decision.Allowed(adding(answer.requestHeaders()), response, null);
    }
    boolean typed =
        answer.responseHeaders().stream().anyMatch(header -> header.name().equals("content-type"));
    HeaderEdits untyped = new HeaderEdits(List.of("content-type"), List.of(), List.of());
    return new Decision.Refused(
        Refusals.answer(limit.refusal(), answer.body(), typed ? untyped.then(response) : response),
        "request_rate_limited");
  }

  private static HeaderEdits adding(List<Header> headers) {
    List<Header> added =
        headers.stream()
            .filter(header -> !header.name().startsWith(":"))
            .filter(header -> !Header.belongsToConnection(header.name()))
            .toList();
    return added.isEmpty() ? HeaderEdits.NONE : new HeaderEdits(List.of(), List.of(), added);
  }

  /** Envoy's DRAFT_VERSION_03: the quota that is nearest to its end, and after it all of them. */
  private static HeaderEdits quotas(List<Quota> quotas) {
    if (quotas.isEmpty()) {
      return HeaderEdits.NONE;
    }
    Quota nearest = quotas.get(0);
    StringBuilder policy = new StringBuilder();
    for (Quota quota : quotas) {
      nearest = quota.remaining() < nearest.remaining() ? quota : nearest;
      if (quota.windowSeconds() > 0) {
        policy.append(", ").append(quota.requests()).append(";w=").append(quota.windowSeconds());
        if (!quota.name().isEmpty()) {
          policy.append(";name=\"").append(quota.name()).append('"');
        }
      }
    }
    return Refusals.limitHeaders(
        nearest.requests() + policy.toString(), nearest.remaining(), nearest.secondsToReset());
  }
}
