package dev.weft.engine.limits;

import dev.weft.engine.Answer;
import dev.weft.engine.HeaderEdits;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** What a limiter says about a request. */
public sealed interface Decision {

  /**
   * @param requestHeaders edits to the request
   * @param responseHeaders edits to its response, whoever gives it
   * @param permit to be given back when the request is over; null if there is none
   */
  record Allowed(HeaderEdits requestHeaders, HeaderEdits responseHeaders, @Nullable Permit permit)
      implements Decision {

    static final Allowed PLAIN = new Allowed(HeaderEdits.NONE, HeaderEdits.NONE, null);

    static Decision with(HeaderEdits responseHeaders) {
      return responseHeaders.isEmpty()
          ? PLAIN
          : new Allowed(HeaderEdits.NONE, responseHeaders, null);
    }
  }

  /**
   * @param details Envoy's {@code %RESPONSE_CODE_DETAILS%}
   */
  record Refused(Answer answer, String details) implements Decision {}

  /** Somebody is being asked. The stage never fails. */
  record Pending(CompletionStage<? extends Decision> decision) implements Decision {}
}
