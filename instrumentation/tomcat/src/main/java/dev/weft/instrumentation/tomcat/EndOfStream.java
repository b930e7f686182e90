package dev.weft.instrumentation.tomcat;

import dev.weft.instrumentation.api.Advice;
import org.apache.coyote.Request;

/**
 * {@code Stream.sentEndOfStream}: the last frame of a response over HTTP/2 is on its way. What
 * befalls the connection from now on, by other threads and before Tomcat has ended the request,
 * doesn't concern this response.
 */
final class EndOfStream {

  private EndOfStream() {}

  @Advice.OnMethodExit
  static void sent(@Advice.FieldValue("coyoteRequest") Request request) {
    Exchange exchange = Exchange.of(request);
    if (exchange != null) {
      exchange.sent();
    }
  }
}
