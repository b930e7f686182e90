package dev.weft.instrumentation.tomcat;

import net.bytebuddy.asm.Advice;
import org.apache.coyote.Request;

/**
 * {@code Request.recycle}: a request that hasn't ended by now won't. Its connection was closed
 * between two dispatches.
 */
final class RequestRecycling {

  private RequestRecycling() {}

  @Advice.OnMethodEnter(inline = false)
  static void before(@Advice.This Request request) {
    Exchange exchange = Exchange.of(request);
    if (exchange != null) {
      exchange.breakOff(null);
    }
  }
}
