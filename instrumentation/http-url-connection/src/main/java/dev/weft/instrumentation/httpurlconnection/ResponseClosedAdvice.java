package dev.weft.instrumentation.httpurlconnection;

import dev.weft.instrumentation.api.Advice;
import sun.net.www.protocol.http.HttpURLConnection;

/** The application closed a response's body: nothing more is wanted. */
final class ResponseClosedAdvice {

  private ResponseClosedAdvice() {}

  @Advice.OnMethodExit(onThrowable = true)
  static void exit(@Advice.FieldValue("this$0") HttpURLConnection connection) {
    Exchange exchange = Exchange.of(connection);
    if (exchange != null) {
      exchange.letGo();
    }
  }
}
