package dev.weft.instrumentation.tomcat;

import dev.weft.instrumentation.api.Advice;
import org.apache.coyote.Request;

/**
 * {@code Request.recycle}: a request that hasn't ended by now won't. Its connection was closed
 * between two dispatches.
 */
final class RequestRecycling {

  private RequestRecycling() {}

  @Advice.OnMethodEnter
  static void before(@Advice.This Request request) {
    Exchange exchange = Exchange.of(request);
    if (exchange != null) {
      exchange.breakOff();
    }
  }
}
