package dev.weft.instrumentation.httpurlconnection;

import dev.weft.instrumentation.api.Advice;
import sun.net.www.protocol.http.HttpURLConnection;

/** The application goes back to a mark in a response's body. */
final class ResponseResetAdvice {

  private ResponseResetAdvice() {}

  @Advice.OnMethodExit(onThrowable = true)
  static void exit(@Advice.FieldValue("this$0") HttpURLConnection connection) {
    if (Exchange.anyRecorded()) {
      Exchange exchange = Exchange.of(connection);
      if (exchange != null) {
        exchange.bodyReset();
      }
    }
  }
}
