package dev.weft.instrumentation.jdkhttpclient;

import static dev.weft.instrumentation.api.MethodMatcher.named;

import dev.weft.instrumentation.api.CallSubstitution;
import dev.weft.instrumentation.api.Instrumentation;
import dev.weft.instrumentation.api.MethodInstrumentation;
import dev.weft.instrumentation.api.MethodMatcher;
import dev.weft.instrumentation.api.TypeInstrumentation;
import java.util.List;
import java.util.Set;

/** {@code java.net.http.HttpClient} of JDK 17 and later. */
public final class JdkHttpClientInstrumentation implements Instrumentation {

  private static final String CLIENT = "jdk.internal.net.http.";
  private static final String HERE = "dev.weft.instrumentation.jdkhttpclient.";

  @Override
  public String name() {
    return "jdk-httpclient";
  }

  @Override
  public List<TypeInstrumentation> types() {
    return List.of(
        type(
            "MultiExchange",
            advice(named("responseAsync").takesArguments(1), "ApplicationCallAdvice"),
            advice(named("responseFilters").takesArguments(1), "FiltersAdvice")),
        type(
            "Exchange",
            advice(named("responseAsync").takesArguments(0), "ExchangeAdvice$Begin"),
            advice(named("remainingConnectTimeout").takesArguments(0), "ConnectAdvice$Begins"),
            advice(named("readBodyAsync").takesArguments(1), "ExchangeAdvice$ReadBody"),
            advice(named("nullBody").takesArguments(2), "ExchangeAdvice$NoBody"),
            advice(named("ignoreBody").takesArguments(0), "ExchangeAdvice$IgnoreBody")),
        type(
            "PlainHttpConnection$ConnectTimerEvent",
            advice(named("handle").takesArguments(0), "ConnectAdvice$TimedOut")),
        type(
            "HttpRequestImpl",
            advice(named("getAddress").takesArguments(0), "SteeringAdvice$Address"),
            advice(named("secure").takesArguments(0), "SteeringAdvice$Secure")),
        keyedByUri("Http2ClientImpl", "getConnectionFor"),
        keyedByUri("Http2Connection", "<init>"),
        type(
            "Http1Request",
            advice(named("hostString").takesArguments(0), "SteeringAdvice$HostHeader")),
        type(
            "HttpConnection",
            advice(named("getSSLConnection").takesArguments(5), "TlsAdvice$Connection")),
        type(
            "AbstractAsyncSSLConnection",
            advice(named("createEngine").takesArguments(4), "TlsAdvice$Engine")));
  }

  @Override
  public Set<String> opens() {
    return Set.of(
        "java.net.http/jdk.internal.net.http", "java.net.http/jdk.internal.net.http.common");
  }

  private static TypeInstrumentation type(String name, MethodInstrumentation... methods) {
    return new TypeInstrumentation(CLIENT + name, List.of(methods));
  }

  /** Until 17.0.9 or so, HTTP/2 connections are pooled by the request's URI. */
  private static TypeInstrumentation keyedByUri(String name, String method) {
    CallSubstitution uri =
        new CallSubstitution(
            named(method),
            CLIENT + "HttpRequestImpl",
            "uri",
            "()Ljava/net/URI;",
            HERE + "Http2Key",
            "uri");
    return new TypeInstrumentation(CLIENT + name, List.of(), List.of(uri.optional()));
  }

  private static MethodInstrumentation advice(MethodMatcher method, String adviceClass) {
    return new MethodInstrumentation(method, HERE + adviceClass);
  }
}
