package dev.weft.instrumentation.jdkhttpclient;

import static dev.weft.instrumentation.jdkhttpclient.Internals.constructor;
import static dev.weft.instrumentation.jdkhttpclient.Internals.declares;
import static dev.weft.instrumentation.jdkhttpclient.Internals.getter;
import static dev.weft.instrumentation.jdkhttpclient.Internals.method;
import static dev.weft.instrumentation.jdkhttpclient.Internals.rethrown;
import static dev.weft.instrumentation.jdkhttpclient.Internals.setter;
import static dev.weft.instrumentation.jdkhttpclient.Internals.staticMethod;
import static dev.weft.instrumentation.jdkhttpclient.Internals.type;

import java.lang.invoke.MethodHandle;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The client's own form of a request, {@code HttpRequestImpl}. */
final class Requests {

  static final Class<?> TYPE = type("HttpRequestImpl");

  private static final Class<?> HEADERS = type("common.HttpHeadersBuilder");
  private static final Class<?> UTILS = type("common.Utils");

  private static final MethodHandle PROXY = getter(TYPE, "proxy", Proxy.class);
  private static final MethodHandle SET_PROXY = setter(TYPE, "proxy", Proxy.class);
  private static final MethodHandle COPY =
      constructor(TYPE, URI.class, String.class, TYPE, boolean.class);
  private static final MethodHandle OF = constructor(TYPE, HttpRequest.class, ProxySelector.class);
  private static final MethodHandle IS_WEB_SOCKET = method(TYPE, "isWebSocket", boolean.class);
  private static final MethodHandle SET_WEB_SOCKET =
      method(TYPE, "isWebSocket", void.class, boolean.class);
  private static final MethodHandle SYSTEM_HEADERS =
      method(TYPE, "getSystemHeadersBuilder", HEADERS);
  private static final MethodHandle HEADERS_MAP = method(HEADERS, "map", Map.class);

  /**
   * JDK 21 and later note on the request that was sent that the application authorized it itself.
   */
  private static final @Nullable MethodHandle NOTE_AUTHORIZATION =
      declares(UTILS, "setUserAuthFlags")
          ? staticMethod(UTILS, "setUserAuthFlags", void.class, TYPE, HttpHeaders.class)
          : null;

  private Requests() {}

  /** How the request reaches its server: an HTTP proxy, something {@link Carried}, or null. */
  static @Nullable Proxy proxy(Object request) {
    try {
      return (Proxy) PROXY.invokeExact(request);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  static void proxy(Object request, Proxy proxy) {
    try {
      SET_PROXY.invokeExact(request, proxy);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /** The same request to another URI, without the headers that the client added. */
  static Object copy(URI uri, Object request) {
    HttpRequest original = (HttpRequest) request;
    try {
      Object copy = (Object) COPY.invokeExact(uri, original.method(), request, true);
      return copy;
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /** {@code request} in the client's form, a web socket's handshake if {@code like} is one. */
  static Object of(HttpRequest request, Object like) {
    try {
      Object made = (Object) OF.invokeExact(request, (ProxySelector) null);
      SET_WEB_SOCKET.invokeExact(made, isWebSocket(like));
      return made;
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /** Whether it's the opening handshake of a web socket. */
  static boolean isWebSocket(Object request) {
    try {
      return (boolean) IS_WEB_SOCKET.invokeExact(request);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /** The headers that the client added to the application's, by name in any case; modifiable. */
  @SuppressWarnings("unchecked") // erased
  static Map<String, List<String>> systemHeaders(Object request) {
    try {
      Object builder = (Object) SYSTEM_HEADERS.invokeExact(request);
      return (Map<String, List<String>>) HEADERS_MAP.invokeExact(builder);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /** What the client notes on a request as it sends it, done for one that is sent as a copy. */
  static void noteAuthorization(Object request) {
    if (NOTE_AUTHORIZATION == null) {
      return;
    }
    try {
      NOTE_AUTHORIZATION.invokeExact(request, ((HttpRequest) request).headers());
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }
}
