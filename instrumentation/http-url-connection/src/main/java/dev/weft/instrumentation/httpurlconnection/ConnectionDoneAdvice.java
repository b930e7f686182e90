package dev.weft.instrumentation.httpurlconnection;

import dev.weft.instrumentation.api.Advice;
import sun.net.www.http.HttpClient;

/**
 * A response was read whole, or its connection is given up: what it carried is let go, before
 * another thread can take the connection from the cache.
 */
final class ConnectionDoneAdvice {

  private ConnectionDoneAdvice() {}

  @Advice.OnMethodEnter
  static void enter(@Advice.This HttpClient client) {
    MeshConnection connection = MeshConnection.of(client);
    if (connection != null) {
      connection.letGo();
    }
  }
}
