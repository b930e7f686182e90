package dev.weft.instrumentation.jdkhttpclient;

import static dev.weft.instrumentation.jdkhttpclient.Internals.constructor;
import static dev.weft.instrumentation.jdkhttpclient.Internals.declares;
import static dev.weft.instrumentation.jdkhttpclient.Internals.getter;
import static dev.weft.instrumentation.jdkhttpclient.Internals.hasField;
import static dev.weft.instrumentation.jdkhttpclient.Internals.method;
import static dev.weft.instrumentation.jdkhttpclient.Internals.rethrown;
import static dev.weft.instrumentation.jdkhttpclient.Internals.setter;
import static dev.weft.instrumentation.jdkhttpclient.Internals.staticMethod;
import static dev.weft.instrumentation.jdkhttpclient.Internals.type;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * The client's exchanges. A {@code MultiExchange} is one call of the application; an {@code
 * Exchange} is one request and response of it; an {@code ExchangeImpl} is the exchange's part that
 * has a connection and a protocol.
 */
final class Exchanges {

  private static final Class<?> MULTI = type("MultiExchange");
  private static final Class<?> EXCHANGE = type("Exchange");
  private static final Class<?> IMPL = type("ExchangeImpl");
  private static final Class<?> CONNECTION_TYPE = type("HttpConnection");
  private static final Class<?> CLIENT = type("HttpClientImpl");
  private static final Class<?> CONNECT_TIMEOUT = type("MultiExchange$ConnectTimeoutTracker");
  private static final Class<?> EXECUTOR = type("HttpClientImpl$DelegatingExecutor");

  private static final MethodHandle CREATE = constructor(EXCHANGE, Requests.TYPE, MULTI);
  private static final MethodHandle REQUEST = getter(EXCHANGE, "request", Requests.TYPE);
  private static final MethodHandle MULTI_OF = getter(EXCHANGE, "multi", MULTI);
  private static final MethodHandle IMPL_OF = getter(EXCHANGE, "exchImpl", IMPL);
  private static final MethodHandle SET_IMPL = setter(EXCHANGE, "exchImpl", IMPL);
  private static final MethodHandle BODY_IGNORED =
      getter(EXCHANGE, "bodyIgnored", CompletableFuture.class);
  private static final MethodHandle SET_BODY_IGNORED =
      setter(EXCHANGE, "bodyIgnored", CompletableFuture.class);
  private static final MethodHandle SET_ESTABLISHING =
      setter(EXCHANGE, "exchangeCF", CompletableFuture.class);
  private static final MethodHandle CARRY_OUT =
      method(EXCHANGE, "responseAsyncImpl", CompletableFuture.class, CONNECTION_TYPE);
  private static final MethodHandle READ_BODY =
      method(EXCHANGE, "readBodyAsync", CompletableFuture.class, HttpResponse.BodyHandler.class);
  private static final MethodHandle IGNORE_BODY =
      method(EXCHANGE, "ignoreBody", CompletableFuture.class);
  private static final MethodHandle RELEASED = method(EXCHANGE, "released", void.class);
  private static final MethodHandle CANCEL =
      method(EXCHANGE, "cancel", void.class, IOException.class);
  private static final MethodHandle CANCEL_CAUSE =
      method(EXCHANGE, "getCancelCause", IOException.class);

  private static final MethodHandle CLIENT_OF = getter(EXCHANGE, "client", CLIENT);
  private static final MethodHandle CONNECTION =
      staticMethod(
          CONNECTION_TYPE,
          "getPlainConnection",
          CONNECTION_TYPE,
          InetSocketAddress.class,
          InetSocketAddress.class,
          Requests.TYPE,
          CLIENT);
  private static final MethodHandle CLOSE = method(CONNECTION_TYPE, "close", void.class);
  private static final MethodHandle CREATE_HTTP1 =
      constructor(type("Http1Exchange"), EXCHANGE, CONNECTION_TYPE);

  private static final MethodHandle EXCHANGE_OF = getter(IMPL, "exchange", EXCHANGE);
  private static final MethodHandle CONNECTION_OF = method(IMPL, "connection", CONNECTION_TYPE);
  private static final MethodHandle CONNECTED = method(CONNECTION_TYPE, "connected", boolean.class);

  /** Older clients don't tell: then a request is taken for processed. */
  private static final @Nullable MethodHandle UNPROCESSED =
      declares(IMPL, "isUnprocessedByPeer")
          ? method(IMPL, "isUnprocessedByPeer", boolean.class)
          : null;

  private static final MethodHandle CURRENT = getter(MULTI, "exchange", EXCHANGE);
  private static final MethodHandle SET_CURRENT = setter(MULTI, "exchange", EXCHANGE);
  private static final MethodHandle CANCELLED = getter(MULTI, "cancelled", boolean.class);
  private static final MethodHandle REQUEST_CANCELLED =
      method(MULTI, "requestCancelled", boolean.class);
  private static final MethodHandle SET_RETRIED =
      setter(MULTI, hasField(MULTI, "retriedOnce") ? "retriedOnce" : "expiredOnce", boolean.class);
  private static final MethodHandle MAY_REPEAT =
      staticMethod(MULTI, "canRetryRequest", boolean.class, HttpRequest.class);
  private static final MethodHandle EXECUTOR_OF = getter(MULTI, "executor", EXECUTOR);
  private static final MethodHandle CONNECT_TIMEOUT_OF =
      getter(MULTI, "connectTimeout", CONNECT_TIMEOUT);
  private static final MethodHandle RESET = method(CONNECT_TIMEOUT, "reset", void.class);
  private static final MethodHandle DELEGATE = method(EXECUTOR, "delegate", Executor.class);

  private Exchanges() {}

  static Object create(Object request, Object multi) {
    try {
      return (Object) CREATE.invokeExact(request, multi);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  static Object request(Object exchange) {
    try {
      return (Object) REQUEST.invokeExact(exchange);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  static Object multi(Object exchange) {
    try {
      return (Object) MULTI_OF.invokeExact(exchange);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /** Null until the exchange is assigned to a connection. */
  static @Nullable Object impl(Object exchange) {
    try {
      return (Object) IMPL_OF.invokeExact(exchange);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  static void impl(Object exchange, @Nullable Object impl) {
    try {
      SET_IMPL.invokeExact(exchange, impl);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /** Assigns the exchange to a closed connection that led nowhere, for those who will close it. */
  static void assignToNoConnection(Object exchange) {
    InetSocketAddress nowhere = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try {
      Object client = (Object) CLIENT_OF.invokeExact(exchange);
      Object connection =
          (Object)
              CONNECTION.invokeExact(nowhere, (InetSocketAddress) null, request(exchange), client);
      CLOSE.invokeExact(connection);
      Object impl = (Object) CREATE_HTTP1.invokeExact(exchange, connection);
      impl(exchange, impl);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /** Null for the stream of a pushed response. */
  static @Nullable Object exchange(Object impl) {
    try {
      return (Object) EXCHANGE_OF.invokeExact(impl);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /** The exchange's answer to those who want its body ignored, if it has one beforehand. */
  static @Nullable CompletableFuture<?> bodyIgnored(Object exchange) {
    try {
      return (CompletableFuture<?>) BODY_IGNORED.invokeExact(exchange);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  static void bodyIgnored(Object exchange, CompletableFuture<?> future) {
    try {
      SET_BODY_IGNORED.invokeExact(exchange, future);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /**
   * Lets the exchange believe that it is being established: a cancellation then completes the
   * future exceptionally.
   */
  static void establishing(Object exchange, @Nullable CompletableFuture<?> future) {
    try {
      SET_ESTABLISHING.invokeExact(exchange, future);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /**
   * What {@code responseAsync}, where our advice is, calls.
   *
   * @return the client's {@code Response}
   */
  @SuppressWarnings("unchecked") // erased
  static CompletionStage<Object> carryOut(Object exchange) {
    try {
      return (CompletionStage<Object>)
          (CompletableFuture<?>) CARRY_OUT.invokeExact(exchange, (Object) null);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  static CompletableFuture<?> readBody(Object exchange, HttpResponse.BodyHandler<?> handler) {
    try {
      return (CompletableFuture<?>) READ_BODY.invokeExact(exchange, handler);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  static CompletionStage<?> ignoreBody(Object exchange) {
    try {
      return (CompletableFuture<?>) IGNORE_BODY.invokeExact(exchange);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  static void released(Object exchange) {
    try {
      RELEASED.invokeExact(exchange);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  static void cancel(Object exchange, IOException cause) {
    try {
      CANCEL.invokeExact(exchange, cause);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /** Why the exchange was cancelled before it was assigned to a connection; null if it wasn't. */
  static @Nullable IOException cancelCause(Object exchange) {
    try {
      return (IOException) CANCEL_CAUSE.invokeExact(exchange);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /** Whether the exchange has a connection that was made, TLS included. */
  static boolean connected(Object exchange) {
    Object impl = impl(exchange);
    try {
      return impl != null
          && (boolean) CONNECTED.invokeExact((Object) CONNECTION_OF.invokeExact(impl));
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /** Whether the peer said that it did not process the request. */
  static boolean unprocessed(Object exchange) {
    Object impl = impl(exchange);
    try {
      return impl != null && UNPROCESSED != null && (boolean) UNPROCESSED.invokeExact(impl);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /** The exchange of the application's call that cancellation and timers act on. */
  static Object current(Object multi) {
    try {
      return (Object) CURRENT.invokeExact(multi);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /**
   * Makes {@code exchange} that exchange. Unlike the client's own method, leaves it to the caller
   * to release the one before, which may still be draining a response.
   */
  static void current(Object multi, Object exchange) {
    synchronized (multi) { // as the client guards this field
      try {
        SET_CURRENT.invokeExact(multi, exchange);
      } catch (Throwable e) {
        throw rethrown(e);
      }
    }
    if (cancelled(multi)) {
      cancel(exchange, new IOException("Request cancelled"));
    }
  }

  /** Whether the application, or a timer of its, gave up. */
  static boolean cancelled(Object multi) {
    try {
      return (boolean) CANCELLED.invokeExact(multi);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /** Whether the application itself gave up. */
  static boolean cancelledByApplication(Object multi) {
    try {
      return (boolean) REQUEST_CANCELLED.invokeExact(multi);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /** The client is not to try the exchange again by itself. */
  static void noFurtherRetry(Object multi) {
    try {
      SET_RETRIED.invokeExact(multi, true);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /** Whether the client may send the request again when a pooled connection turns out dead. */
  static boolean mayRepeat(HttpRequest request) {
    try {
      return (boolean) MAY_REPEAT.invokeExact(request);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /** The application's connect timeout starts anew with the next connection. */
  static void restartConnectTimeout(Object multi) {
    try {
      Object tracker = (Object) CONNECT_TIMEOUT_OF.invokeExact(multi);
      if (tracker != null) {
        RESET.invokeExact(tracker);
      }
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  static Executor executor(Object multi) {
    try {
      return (Executor) (Object) EXECUTOR_OF.invokeExact(multi);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /**
   * Runs the task on a thread of the application's executor, never on the current one; on one of
   * the common pool if that executor takes nothing any more.
   */
  static void execute(Object multi, Runnable task) {
    Executor applications;
    try {
      Object executor = (Object) EXECUTOR_OF.invokeExact(multi);
      applications = (Executor) DELEGATE.invokeExact(executor);
    } catch (Throwable e) {
      throw rethrown(e);
    }
    try {
      applications.execute(task);
    } catch (RejectedExecutionException e) {
      ForkJoinPool.commonPool().execute(task);
    }
  }
}
