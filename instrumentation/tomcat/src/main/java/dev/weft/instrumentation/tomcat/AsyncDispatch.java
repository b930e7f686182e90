package dev.weft.instrumentation.tomcat;

import dev.weft.instrumentation.api.Advice;
import org.apache.coyote.Request;

/** Around {@code CoyoteAdapter.asyncDispatch}: a thread works for an asynchronous request again. */
final class AsyncDispatch {

  private AsyncDispatch() {}

  @Advice.OnMethodEnter
  static void before(@Advice.Argument(0) Request request) {
    Exchange exchange = Exchange.of(request);
    if (exchange != null) {
      exchange.enter();
    }
  }

  @Advice.OnMethodExit(onThrowable = true)
  static void after(@Advice.Argument(0) Request request) {
    Exchange exchange = Exchange.of(request);
    if (exchange != null) {
      exchange.leave();
    }
  }
}
