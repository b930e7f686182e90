package dev.weft.instrumentation.httpurlconnection;

import dev.weft.instrumentation.api.Advice;

/** Lifts {@code http.maxConnections} for mesh connections; the application's keep theirs. */
final class MaxConnectionsAdvice {

  private MaxConnectionsAdvice() {}

  @Advice.OnMethodExit
  @Advice.AssignReturned
  static int exit(@Advice.Return int max) {
    return Pool.putting() ? Math.max(max, Pool.MAX_IDLE) : max;
  }
}
