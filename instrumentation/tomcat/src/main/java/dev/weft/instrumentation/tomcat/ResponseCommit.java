package dev.weft.instrumentation.tomcat;

import dev.weft.instrumentation.api.Advice;
import org.apache.coyote.AbstractProcessor;

/** {@code prepareResponse} begins: the response's head is about to be written. */
final class ResponseCommit {

  private ResponseCommit() {}

  @Advice.OnMethodEnter
  static void before(@Advice.This AbstractProcessor processor) {
    Exchange exchange = Exchange.of(processor.getRequest());
    if (exchange != null) {
      exchange.responded();
    }
  }
}
