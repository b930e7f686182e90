package dev.weft.instrumentation.jdkhttpclient;

import dev.weft.instrumentation.api.Advice;
import java.time.Duration;
import java.util.Optional;

/** The making of a connection: the client asks how long it may take just then, and only then. */
final class ConnectAdvice {

  private ConnectAdvice() {}

  /** Woven into {@code Exchange}. */
  static final class Begins {

    private Begins() {}

    @Advice.OnMethodExit
    @Advice.AssignReturned
    static Optional<Duration> begins(
        @Advice.Return Optional<Duration> remaining, @Advice.This Object exchange) {
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

    @Advice.OnMethodEnter(answers = true)
    static boolean timedOut(@Advice.FieldValue("exchange") Object exchange) {
      Sending sending = Sending.ofExchange(exchange);
      return sending != null && sending.connectTimedOut(exchange);
    }
  }
}
