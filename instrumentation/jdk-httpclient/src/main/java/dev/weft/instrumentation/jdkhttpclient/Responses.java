package dev.weft.instrumentation.jdkhttpclient;

import static dev.weft.instrumentation.jdkhttpclient.Internals.constructor;
import static dev.weft.instrumentation.jdkhttpclient.Internals.getter;
import static dev.weft.instrumentation.jdkhttpclient.Internals.rethrown;
import static dev.weft.instrumentation.jdkhttpclient.Internals.staticMethod;
import static dev.weft.instrumentation.jdkhttpclient.Internals.type;

import java.lang.invoke.MethodHandle;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/** The client's own form of a response's head, {@code Response}. */
final class Responses {

  private static final Class<?> TYPE = type("Response");
  private static final Class<?> EXCHANGE = type("Exchange");

  private static final MethodHandle CREATE =
      constructor(
          TYPE,
          Requests.TYPE,
          EXCHANGE,
          HttpHeaders.class,
          type("HttpConnection"),
          int.class,
          HttpClient.Version.class);
  private static final MethodHandle STATUS = getter(TYPE, "statusCode", int.class);
  private static final MethodHandle HEADERS = getter(TYPE, "headers", HttpHeaders.class);
  private static final MethodHandle VERSION = getter(TYPE, "version", HttpClient.Version.class);
  private static final MethodHandle BODY =
      staticMethod(
          type("ResponseSubscribers"),
          "getBodyAsync",
          CompletionStage.class,
          Executor.class,
          HttpResponse.BodySubscriber.class);

  private Responses() {}

  /** A response that knows no connection, so that the mesh's TLS session isn't seen. */
  static Object create(
      Object request,
      Object exchange,
      HttpHeaders headers,
      int status,
      HttpClient.Version version) {
    try {
      return (Object)
          CREATE.invokeExact(request, exchange, headers, (Object) null, status, version);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  static int status(Object response) {
    try {
      return (int) STATUS.invokeExact(response);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  static HttpHeaders headers(Object response) {
    try {
      return (HttpHeaders) HEADERS.invokeExact(response);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  static HttpClient.Version version(Object response) {
    try {
      return (HttpClient.Version) VERSION.invokeExact(response);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /** The subscriber's body, asked for on the executor if asking may block. */
  @SuppressWarnings("unchecked") // erased
  static <T> CompletionStage<T> body(Executor executor, HttpResponse.BodySubscriber<T> subscriber) {
    try {
      return (CompletionStage<T>) BODY.invokeExact(executor, subscriber);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }
}
