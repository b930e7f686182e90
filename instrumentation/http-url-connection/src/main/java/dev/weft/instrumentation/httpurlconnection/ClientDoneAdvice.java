package dev.weft.instrumentation.httpurlconnection;

import net.bytebuddy.asm.Advice;
import sun.net.www.http.HttpClient;

/** A response was read whole, or its connection was given up: the attempt is over. */
final class ClientDoneAdvice {

  private ClientDoneAdvice() {}

  @Advice.OnMethodExit(inline = false)
  static void exit(@Advice.This HttpClient client) {
    Sending sending = Exchange.endSendingOf(client);
    if (sending != null) {
      sending.completed();
    }
  }
}
