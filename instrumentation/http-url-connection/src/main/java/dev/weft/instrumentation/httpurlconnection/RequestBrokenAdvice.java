package dev.weft.instrumentation.httpurlconnection;

import dev.weft.instrumentation.api.Advice;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import sun.net.www.protocol.http.HttpURLConnection;

/** The application can't write more of a streamed body: it closed that, or the peer is gone. */
final class RequestBrokenAdvice {

  private RequestBrokenAdvice() {}

  @Advice.OnMethodExit(onThrowable = true)
  static void exit(
      @Advice.FieldValue("this$0") HttpURLConnection connection,
      @Advice.Thrown @Nullable Throwable thrown) {
    if (thrown instanceof IOException failure && Jdk.isBroken(connection)) {
      Exchange exchange = Exchange.of(connection);
      if (exchange != null) {
        exchange.bodyFailed(failure);
      }
    }
  }
}
