package dev.weft.instrumentation.tomcat;

import net.bytebuddy.asm.Advice;
import org.apache.coyote.Request;

/** Around {@code CoyoteAdapter.asyncDispatch}: a thread works for an asynchronous request again. */
final class AsyncDispatch {

  private AsyncDispatch() {}

  @Advice.OnMethodEnter(inline = false)
  static void before(@Advice.Argument(0) Request request) {
    Exchange exchange = Exchange.of(request);
    if (exchange != null) {
      exchange.enter();
    }
  }

  @Advice.OnMethodExit(inline = false, onThrowable = Throwable.class)
  static void after(@Advice.Argument(0) Request request) {
    Exchange exchange = Exchange.of(request);
    if (exchange != null) {
      exchange.leave();
    }
  }
}
