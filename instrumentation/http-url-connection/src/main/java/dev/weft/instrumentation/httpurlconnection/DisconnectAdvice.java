package dev.weft.instrumentation.httpurlconnection;

import dev.weft.instrumentation.api.Advice;
import sun.net.www.protocol.http.HttpURLConnection;

/** The application wants no more; another of its threads may still be waiting for the mesh. */
final class DisconnectAdvice {

  private DisconnectAdvice() {}

  @Advice.OnMethodExit(onThrowable = true)
  static void exit(@Advice.This HttpURLConnection connection) {
    Exchange exchange = Exchange.of(connection);
    if (exchange != null) {
      exchange.disconnected();
    }
  }
}
