package dev.weft.instrumentation.httpurlconnection;

import net.bytebuddy.asm.Advice;
import org.jspecify.annotations.Nullable;
import sun.net.www.protocol.http.HttpURLConnection;

/**
 * While a connection writes, the JDK may find the socket dead and open another: that one must lead
 * to the same endpoint.
 */
final class WriteAdvice {

  private WriteAdvice() {}

  @Advice.OnMethodEnter(inline = false)
  static @Nullable Object enter(@Advice.This HttpURLConnection connection) {
    Exchange exchange = Exchange.of(connection);
    if (exchange == null) {
      return null;
    }
    Write.enter(exchange);
    Steering.enter(exchange.steering());
    return exchange;
  }

  @Advice.OnMethodExit(inline = false, onThrowable = Throwable.class)
  static void exit(@Advice.Enter @Nullable Object exchange) {
    if (exchange != null) {
      Write.exit();
      Steering.leave(null);
    }
  }
}
