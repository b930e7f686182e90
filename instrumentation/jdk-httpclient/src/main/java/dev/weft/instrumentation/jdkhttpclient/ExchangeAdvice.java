package dev.weft.instrumentation.jdkhttpclient;

import dev.weft.instrumentation.api.Advice;
import java.net.http.HttpResponse.BodyHandler;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The life of one exchange. Woven into {@code Exchange}. */
final class ExchangeAdvice {

  private ExchangeAdvice() {}

  /** The exchange is to be carried out. */
  static final class Begin {

    private Begin() {}

    @Advice.OnMethodEnter(answers = true)
    static @Nullable CompletableFuture<?> begin(@Advice.This Object exchange) {
      return MeshCall.begin(exchange);
    }
  }

  /** The application's handler is to get the body. */
  static final class ReadBody {

    private ReadBody() {}

    @Advice.OnMethodEnter(answers = true)
    static @Nullable CompletableFuture<?> read(
        @Advice.This Object exchange,
        @Advice.Argument(0) BodyHandler<?> handler,
        @Advice.FieldValue("bodyIgnored") @Nullable CompletableFuture<?> bodyIgnored) {
      LocalAnswer answer = LocalAnswer.of(bodyIgnored);
      if (answer != null) {
        return answer.readBody(handler, Exchanges.executor(Exchanges.multi(exchange)));
      }
      Sending sending = Sending.ofExchange(exchange);
      if (sending == null || handler instanceof WatchedBody) {
        return null;
      }
      WatchedBody<?> watched = new WatchedBody<>(handler, sending);
      try {
        return Exchanges.readBody(exchange, watched);
      } catch (Throwable e) {
        return CompletableFuture.failedFuture(e); // the handler threw it
      }
    }
  }

  /** The response can't have a body, and the application has been told. */
  static final class NoBody {

    private NoBody() {}

    @Advice.OnMethodEnter(answers = true)
    static boolean noBody(
        @Advice.This Object exchange,
        @Advice.Argument(1) @Nullable Throwable thrown,
        @Advice.FieldValue("bodyIgnored") @Nullable CompletableFuture<?> bodyIgnored) {
      if (LocalAnswer.of(bodyIgnored) != null) {
        return true;
      }
      Sending sending = Sending.ofExchange(exchange);
      if (sending != null) {
        sending.ended(thrown);
      }
      return false;
    }
  }

  /** Nobody wants the body: a redirect, a challenge, or an attempt whose response isn't used. */
  static final class IgnoreBody {

    private IgnoreBody() {}

    @Advice.OnMethodEnter
    static void ignore(@Advice.FieldValue("exchImpl") @Nullable Object impl) {
      Sending sending = impl == null ? null : Sending.ofExchange(Exchanges.exchange(impl));
      if (sending != null) {
        sending.ended();
      }
    }
  }
}
