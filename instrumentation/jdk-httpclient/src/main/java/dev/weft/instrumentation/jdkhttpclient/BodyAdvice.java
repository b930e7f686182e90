package dev.weft.instrumentation.jdkhttpclient;

import net.bytebuddy.asm.Advice;
import org.jspecify.annotations.Nullable;

/**
 * The end of a response's body, however the application reads it. Woven into {@code
 * HttpBodySubscriberWrapper}, which stands between every connection and the application's
 * subscriber.
 */
final class BodyAdvice {

  private BodyAdvice() {}

  /** The body was received whole, or failed; possibly told more than once. */
  static final class Ended {

    private Ended() {}

    @Advice.OnMethodEnter(inline = false)
    static void ended(
        @Advice.This Object subscriber, @Advice.Argument(0) @Nullable Throwable thrown) {
      Sending sending = Sending.ofExchange(BodySubscribers.exchange(subscriber));
      if (sending != null) {
        sending.ended(thrown);
      }
    }
  }

  /** The application wants no more of it. */
  static final class Cancelled {

    private Cancelled() {}

    @Advice.OnMethodEnter(inline = false)
    static void cancelled(@Advice.This Object subscriber) {
      Sending sending = Sending.ofExchange(BodySubscribers.exchange(subscriber));
      if (sending != null) {
        sending.ended();
      }
    }
  }
}
