package dev.weft.engine.limits;

import dev.weft.engine.Answer;
import dev.weft.engine.GrpcStatus;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.model.RateLimit.Refusal;
import java.util.ArrayList;
import java.util.List;

/** What rate limits add to responses, and answer. */
final class Refusals {

  static final List<Header> TEXT = List.of(new Header("content-type", "text/plain"));

  private static final Header RESOURCE_EXHAUSTED =
      new Header("grpc-status", Integer.toString(GrpcStatus.RESOURCE_EXHAUSTED));

  private Refusals() {}

  /**
   * @param more edits beside the refusal's own
   */
  static Answer answer(Refusal refusal, String body, HeaderEdits more) {
    List<Header> headers = new ArrayList<>(body.isEmpty() ? List.of() : TEXT);
    if (refusal.resourceExhausted()) {
      headers.add(RESOURCE_EXHAUSTED);
    }
    return new Answer(
        refusal.status(),
        more.then(refusal.headers()).applyTo(headers),
        body,
        ResponseFlag.RATE_LIMITED);
  }

  static HeaderEdits limitHeaders(String limit, long remaining, long seconds) {
    return new HeaderEdits(
        List.of(),
        List.of(),
        List.of(
            new Header("x-ratelimit-limit", limit),
            new Header("x-ratelimit-remaining", Long.toString(remaining)),
            new Header("x-ratelimit-reset", Long.toString(seconds))));
  }
}
