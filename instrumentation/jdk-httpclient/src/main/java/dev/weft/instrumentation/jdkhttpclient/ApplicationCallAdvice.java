package dev.weft.instrumentation.jdkhttpclient;

import dev.weft.engine.RequestContext;
import dev.weft.instrumentation.api.Advice;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The application sends a request; on its own thread. Woven into {@code MultiExchange}.
 *
 * <p>Within, no request's context is current: the client's own dozens of stages and tasks would all
 * carry it along, for nothing. The call has it as its {@link Caller}, and the application's stages
 * take it up where they are added.
 */
final class ApplicationCallAdvice {

  private ApplicationCallAdvice() {}

  @Advice.OnMethodEnter
  static @Nullable Object begins(@Advice.FieldValue("request") Object request) {
    RequestContext context = RequestContext.current();
    if (context == null) {
      return null;
    }
    if (Requests.proxy(request) == null) {
      Requests.proxy(request, new Caller(context));
    }
    return RequestContext.swap(null);
  }

  /** However the call fails, an attempt that is still accounted for ends. */
  @Advice.OnMethodExit(onThrowable = true)
  static void begun(
      @Advice.This Object multi,
      @Advice.Return @Nullable CompletionStage<?> response,
      @Advice.Enter @Nullable Object context) {
    if (context != null) {
      RequestContext.swap((RequestContext) context);
    }
    if (response == null) {
      return;
    }
    response.whenComplete(
        (received, thrown) -> {
          if (thrown != null) {
            Sending sending = Sending.ofExchange(Exchanges.current(multi));
            if (sending != null) {
              sending.ended(thrown);
            }
          }
        });
  }
}
