package dev.weft.instrumentation.jdkhttpclient;

import static dev.weft.instrumentation.jdkhttpclient.Internals.getter;
import static dev.weft.instrumentation.jdkhttpclient.Internals.rethrown;
import static dev.weft.instrumentation.jdkhttpclient.Internals.type;

import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/** The client's wrappers of the application's body subscribers, one kind for each protocol. */
final class BodySubscribers {

  private static final Class<?> HTTP1 = type("Http1Exchange$Http1ResponseBodySubscriber");
  private static final Class<?> HTTP2 = type("Stream$Http2StreamResponseSubscriber");
  private static final MethodHandle HTTP1_EXCHANGE =
      getter(HTTP1, "exchange", type("Http1Exchange"));
  private static final MethodHandle STREAM = getter(HTTP2, "this$0", type("Stream"));

  private BodySubscribers() {}

  /** The exchange whose response it gets; null if it's of another kind or of a pushed stream. */
  static @Nullable Object exchange(Object subscriber) {
    try {
      if (HTTP1.isInstance(subscriber)) {
        return Exchanges.exchange((Object) HTTP1_EXCHANGE.invokeExact(subscriber));
      }
      if (HTTP2.isInstance(subscriber)) {
        return Exchanges.exchange((Object) STREAM.invokeExact(subscriber));
      }
      return null;
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }
}
