package dev.weft.instrumentation.tomcat;

import dev.weft.instrumentation.api.Advice;
import org.apache.coyote.Request;

/**
 * {@code Request.updateCounters}: where a request ends, be it HTTP/1.1 or HTTP/2, synchronous or
 * not, answered or broken off.
 */
final class RequestEnd {

  private RequestEnd() {}

  @Advice.OnMethodEnter
  static void before(@Advice.This Request request) {
    Exchange exchange = Exchange.of(request);
    if (exchange != null) {
      exchange.end();
    }
  }
}
