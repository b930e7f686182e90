package dev.weft.instrumentation.jdkhttpclient;

import dev.weft.engine.RequestContext;
import java.util.concurrent.CompletionStage;
import net.bytebuddy.asm.Advice;

/** The application sends a request; on its own thread. Woven into {@code MultiExchange}. */
final class ApplicationCallAdvice {

  private ApplicationCallAdvice() {}

  @Advice.OnMethodEnter(inline = false)
  static void begins(@Advice.FieldValue("request") Object request) {
    RequestContext context = RequestContext.current();
    if (context != null && Requests.proxy(request) == null) {
      Requests.proxy(request, new Caller(context));
    }
  }

  /** However the call fails, an attempt that is still accounted for ends. */
  @Advice.OnMethodExit(inline = false)
  static void begun(@Advice.This Object multi, @Advice.Return CompletionStage<?> response) {
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
