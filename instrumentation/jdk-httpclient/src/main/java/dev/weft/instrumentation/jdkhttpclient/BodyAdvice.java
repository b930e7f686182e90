package dev.weft.instrumentation.jdkhttpclient;

import dev.weft.instrumentation.api.Advice;
import org.jspecify.annotations.Nullable;

/** The end of a response's body, however the application reads it. */
final class BodyAdvice {

  private BodyAdvice() {}

  /**
   * The body was received whole, or failed; possibly told more than once. Woven into {@code
   * HttpBodySubscriberWrapper}, which stands between every connection and the application's
   * subscriber.
   */
  static final class Ended {

    private Ended() {}

    @Advice.OnMethodEnter
    static void ended(
        @Advice.This Object subscriber, @Advice.Argument(0) @Nullable Throwable thrown) {
      Sending sending = Sending.ofExchange(BodySubscribers.exchange(subscriber));
      if (sending != null) {
        sending.ended(thrown);
      }
    }
  }

  /**
   * The application wants no more of it, and the connection is about to be cut. Woven into the
   * subscription that the application's subscriber has.
   */
  static final class Cancelled {

    private Cancelled() {}

    @Advice.OnMethodEnter
    static void cancelled(@Advice.FieldValue("this$0") Object subscriber) {
      Sending sending = Sending.ofExchange(BodySubscribers.exchange(subscriber));
      if (sending != null) {
        sending.ended();
      }
    }
  }
}
