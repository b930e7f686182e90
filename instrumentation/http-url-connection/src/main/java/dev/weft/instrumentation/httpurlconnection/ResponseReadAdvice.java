package dev.weft.instrumentation.httpurlconnection;

import dev.weft.instrumentation.api.Advice;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import sun.net.www.protocol.http.HttpURLConnection;

/** The application read a response's body: to its end, or to where it broke off. */
final class ResponseReadAdvice {

  private ResponseReadAdvice() {}

  @Advice.OnMethodExit(onThrowable = true)
  static void exit(
      @Advice.FieldValue("this$0") HttpURLConnection connection,
      @Advice.Return int count,
      @Advice.Thrown @Nullable Throwable thrown) {
    if (count >= 0 && thrown == null) {
      return;
    }
    Exchange exchange = Exchange.of(connection);
    if (exchange == null) {
      return;
    }
    if (thrown instanceof IOException failure) {
      exchange.bodyFailed(failure);
    } else {
      exchange.letGo();
    }
  }
}
