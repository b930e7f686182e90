package dev.weft.instrumentation.jdkhttpclient;

import java.time.Duration;
import java.util.Optional;
import net.bytebuddy.asm.Advice;

/** The making of a connection: the client asks how long it may take just then, and only then. */
final class ConnectAdvice {

  private ConnectAdvice() {}

  /** Woven into {@code Exchange}. */
  static final class Begins {

    private Begins() {}

    @Advice.OnMethodExit(inline = false)
    @Advice.AssignReturned.ToReturned
    static Optional<Duration> begins(
        @Advice.This Object exchange, @Advice.Return Optional<Duration> remaining) {
      Sending sending = Sending.ofExchange(exchange);
      return sending == null ? remaining : sending.connecting(remaining);
    }
  }

  /**
   * That time is over. By itself the client then gives up the application's whole call. Woven into
   * {@code PlainHttpConnection.ConnectTimerEvent}.
   */
  static final class TimedOut {

    private TimedOut() {}

    @Advice.OnMethodEnter(inline = false, skipOn = Advice.OnNonDefaultValue.class)
    static boolean timedOut(@Advice.FieldValue("exchange") Object exchange) {
      Sending sending = Sending.ofExchange(exchange);
      return sending != null && sending.connectTimedOut(exchange);
    }
  }
}
