package dev.weft.engine.inbound;

import dev.weft.engine.Answer;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.spi.CheckCodec.ConditionalHeader;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** What one judge says about a request. */
sealed interface Verdict {

  /**
   * Nothing against it.
   *
   * @param requestHeaders edits to what the application, and further judges, see
   * @param responseHeaders edits to what the application answers
   * @param query edits to what the application, and further judges, see of the query
   * @param claims of the token that was verified; null if none was
   * @param conditional further edits to what the application answers
   * @param metadata that an external authorizer has for later conditions; empty if none
   */
  record Granted(
      HeaderEdits requestHeaders,
      HeaderEdits responseHeaders,
      QueryEdits query,
      @Nullable Map<String, ?> claims,
      List<ConditionalHeader> conditional,
      Map<String, ?> metadata)
      implements Verdict {

    static final Granted INSTANCE = new Granted(HeaderEdits.NONE, HeaderEdits.NONE, null);

    Granted(
        HeaderEdits requestHeaders, HeaderEdits responseHeaders, @Nullable Map<String, ?> claims) {
      this(requestHeaders, responseHeaders, QueryEdits.NONE, claims);
    }

    Granted(
        HeaderEdits requestHeaders,
        HeaderEdits responseHeaders,
        QueryEdits query,
        @Nullable Map<String, ?> claims) {
      this(requestHeaders, responseHeaders, query, claims, List.of(), Map.of());
    }

    boolean isPlain() {
      return requestHeaders.isEmpty()
          && responseHeaders.isEmpty()
          && query.isEmpty()
          && claims == null
          && conditional.isEmpty()
          && metadata.isEmpty();
    }
  }

  /**
   * Nothing against it. What is added to the request's headers is appended to those that are there,
   * which only the thread that asks may look at: the request may be over.
   */
  record Appending(Granted granted) implements Verdict {

    Granted to(Facts facts) {
      return new Granted(
          AuthorizerHeaders.appended(granted.requestHeaders, facts),
          granted.responseHeaders,
          granted.query,
          granted.claims,
          granted.conditional,
          granted.metadata);
    }
  }

  /**
   * For telemetry only, never told to the caller:
   *
   * @param policy that refused it; null if it isn't a matter of authorization
   * @param details Envoy's {@code %RESPONSE_CODE_DETAILS%}; null if the policy says it all
   */
  record Denied(Answer answer, @Nullable String policy, @Nullable String details)
      implements Verdict {

    /** By a policy. */
    Denied(Answer answer, String policy) {
      this(answer, policy, null);
    }
  }

  /** Nobody knows yet: the same judge is to be asked again then. */
  record Later(CompletionStage<?> until) implements Verdict {}

  /** The same judge is to be asked again when so many bytes of the body are there, or all of it. */
  record Buffer(long atLeast) implements Verdict {}

  /** It depends on somebody else's answer. A stage that fails is a judge that failed. */
  record Pending(CompletionStage<? extends Verdict> verdict) implements Verdict {}
}
