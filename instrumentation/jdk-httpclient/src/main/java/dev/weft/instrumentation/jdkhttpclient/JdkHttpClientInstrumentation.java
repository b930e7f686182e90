package dev.weft.instrumentation.jdkhttpclient;

import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.takesArguments;
import static net.bytebuddy.matcher.ElementMatchers.takesNoArguments;

import dev.weft.instrumentation.api.Instrumentation;
import dev.weft.instrumentation.api.MethodInstrumentation;
import dev.weft.instrumentation.api.TypeInstrumentation;
import java.util.List;
import java.util.Set;
import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.matcher.ElementMatcher;

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
            advice(named("responseAsync").and(takesArguments(1)), "ApplicationCallAdvice"),
            advice(named("responseFilters").and(takesArguments(1)), "FiltersAdvice")),
        type(
            "Exchange",
            advice(named("responseAsync").and(takesNoArguments()), "ExchangeAdvice$Begin"),
            advice(
                named("remainingConnectTimeout").and(takesNoArguments()), "ConnectAdvice$Begins"),
            advice(named("readBodyAsync").and(takesArguments(1)), "ExchangeAdvice$ReadBody"),
            advice(named("nullBody").and(takesArguments(2)), "ExchangeAdvice$NoBody"),
            advice(named("ignoreBody").and(takesNoArguments()), "ExchangeAdvice$IgnoreBody")),
        type(
            "common.HttpBodySubscriberWrapper",
            advice(named("complete").and(takesArguments(1)), "BodyAdvice$Ended")),
        type(
            "common.HttpBodySubscriberWrapper$SubscriptionWrapper",
            advice(named("cancel").and(takesNoArguments()), "BodyAdvice$Cancelled")),
        type(
            "PlainHttpConnection$ConnectTimerEvent",
            advice(named("handle").and(takesNoArguments()), "ConnectAdvice$TimedOut")),
        type(
            "HttpRequestImpl",
            advice(named("getAddress").and(takesNoArguments()), "SteeringAdvice$Address"),
            advice(named("secure").and(takesNoArguments()), "SteeringAdvice$Secure")),
        type(
            "Http1Request",
            advice(named("hostString").and(takesNoArguments()), "SteeringAdvice$HostHeader")),
        type(
            "HttpConnection",
            advice(named("getSSLConnection").and(takesArguments(5)), "TlsAdvice$Connection")),
        type(
            "AbstractAsyncSSLConnection",
            advice(named("createEngine").and(takesArguments(4)), "TlsAdvice$Engine")));
  }

  @Override
  public Set<String> opens() {
    return Set.of(
        "java.net.http/jdk.internal.net.http", "java.net.http/jdk.internal.net.http.common");
  }

  private static TypeInstrumentation type(String name, MethodInstrumentation... methods) {
    return new TypeInstrumentation(CLIENT + name, List.of(methods));
  }

  private static MethodInstrumentation advice(
      ElementMatcher<? super MethodDescription> method, String adviceClass) {
    return new MethodInstrumentation(method, HERE + adviceClass);
  }
}
