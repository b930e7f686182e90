package dev.weft.instrumentation.tomcat;

import dev.weft.instrumentation.api.Advice;
import org.apache.coyote.AbstractProcessor;
import org.apache.coyote.ActionCode;
import org.apache.coyote.Response;

/**
 * {@code Http11Processor.badRequest} on a request that comes just as its connector is paused, which
 * a graceful shutdown begins with. Tomcat then decides on 503 and reads no headers, misses the Host
 * header among those that it didn't read, and would answer 400: a caller that could turn to another
 * instance was told that its request is bad.
 */
final class PausedConnector {

  private static final int SERVICE_UNAVAILABLE = 503;

  private PausedConnector() {}

  @Advice.OnMethodEnter(answers = true)
  static boolean before(@Advice.This AbstractProcessor processor) {
    return refuses(processor.getRequest().getResponse());
  }

  /** Whether Tomcat has decided so by itself, before anybody was asked. */
  static boolean refuses(Response response) {
    return response.getStatus() == SERVICE_UNAVAILABLE;
  }

  /** Nobody can judge a request without its headers, and no error page is to be made for it. */
  static void refuse(Response response) {
    response.setContentLength(0);
    response.action(ActionCode.CLOSE, null);
  }
}
