package dev.weft.instrumentation.httpurlconnection;

import dev.weft.instrumentation.api.Advice;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import sun.net.www.protocol.http.HttpURLConnection;

/** The application read of a response's body, to its end, or to where it broke off. */
final class ResponseReadAdvice {

  private ResponseReadAdvice() {}

  @Advice.OnMethodExit(onThrowable = true)
  static void exit(
      @Advice.FieldValue("this$0") HttpURLConnection connection,
      @Advice.Argument(0) byte[] buffer,
      @Advice.Argument(1) int offset,
      @Advice.Return int count,
      @Advice.Thrown @Nullable Throwable thrown) {
    boolean goesOn = count >= 0 && thrown == null;
    if (goesOn && !Exchange.anyRecorded()) {
      return;
    }
    Exchange exchange = Exchange.of(connection);
    if (exchange == null) {
      return;
    }
    if (goesOn) {
      exchange.bodyRead(buffer, offset, count);
    } else if (thrown instanceof IOException failure) {
      exchange.bodyFailed(failure);
    } else if (thrown == null) {
      exchange.bodyEnded();
    } else {
      exchange.letGo();
    }
  }
}
