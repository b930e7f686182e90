package dev.weft.instrumentation.httpurlconnection;

import net.bytebuddy.asm.Advice;

/** Lifts {@code http.maxConnections} for mesh connections; the application's keep theirs. */
final class MaxConnectionsAdvice {

  private MaxConnectionsAdvice() {}

  @Advice.OnMethodExit(inline = false)
  @Advice.AssignReturned.ToReturned
  static int exit(@Advice.Return int max) {
    return Pool.putting() ? Math.max(max, Pool.MAX_IDLE) : max;
  }
}
