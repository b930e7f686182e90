package dev.weft.engine.inbound;

import dev.weft.engine.Answer;
import dev.weft.engine.HeaderEdits;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** What one judge says about a request. */
sealed interface Verdict {

  /**
   * Nothing against it.
   *
   * @param requestHeaders edits to what the application, and further judges, see
   * @param responseHeaders edits to what the application answers
   * @param removedParameters of the query, which the application doesn't see
   * @param claims of the token that was verified; null if none was
   */
  record Granted(
      HeaderEdits requestHeaders,
      HeaderEdits responseHeaders,
      Set<String> removedParameters,
      @Nullable Map<String, ?> claims)
      implements Verdict {

    static final Granted INSTANCE = new Granted(HeaderEdits.NONE, HeaderEdits.NONE, null);

    Granted(
        HeaderEdits requestHeaders, HeaderEdits responseHeaders, @Nullable Map<String, ?> claims) {
      this(requestHeaders, responseHeaders, Set.of(), claims);
    }

    boolean isPlain() {
      return requestHeaders.isEmpty()
          && responseHeaders.isEmpty()
          && removedParameters.isEmpty()
          && claims == null;
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

  /** It depends on somebody else's answer. A stage that fails is a judge that failed. */
  record Pending(CompletionStage<? extends Verdict> verdict) implements Verdict {}
}
