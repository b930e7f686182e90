package dev.weft.instrumentation.httpurlconnection;

import net.bytebuddy.asm.Advice;
import sun.net.www.protocol.http.HttpURLConnection;

/** The application closed the response's stream: of a connection that isn't kept, the only sign. */
final class StreamClosedAdvice {

  private StreamClosedAdvice() {}

  @Advice.OnMethodExit(inline = false, onThrowable = Throwable.class)
  static void exit(@Advice.FieldValue("this$0") HttpURLConnection connection) {
    Exchange exchange = Exchange.of(connection);
    if (exchange != null) {
      exchange.letGo();
    }
  }
}
