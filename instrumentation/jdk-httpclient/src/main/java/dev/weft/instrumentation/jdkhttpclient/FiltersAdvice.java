package dev.weft.instrumentation.jdkhttpclient;

import dev.weft.instrumentation.api.Advice;
import org.jspecify.annotations.Nullable;

/**
 * The client's own filters (redirects, challenges, cookies) see a response. Woven into {@code
 * MultiExchange}.
 */
final class FiltersAdvice {

  private FiltersAdvice() {}

  /**
   * A filter that throws fails the application's call, not the upstream's attempt. Newer JDKs then
   * cancel the exchange without asking whether it has a connection, which the policy's own answers
   * don't.
   */
  @Advice.OnMethodExit(onThrowable = true)
  static void filtered(@Advice.This Object multi, @Advice.Thrown @Nullable Throwable thrown) {
    if (thrown == null) {
      return;
    }
    Object exchange = Exchanges.current(multi);
    Sending sending = Sending.ofExchange(exchange);
    if (sending != null) {
      sending.abandoned(thrown);
    } else if (LocalAnswer.of(Exchanges.bodyIgnored(exchange)) != null) {
      Exchanges.assignToNoConnection(exchange);
    }
  }
}
