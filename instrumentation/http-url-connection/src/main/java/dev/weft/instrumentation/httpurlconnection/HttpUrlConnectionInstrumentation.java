package dev.weft.instrumentation.httpurlconnection;

import static dev.weft.instrumentation.api.MethodMatcher.named;

import dev.weft.instrumentation.api.CallSubstitution;
import dev.weft.instrumentation.api.Instrumentation;
import dev.weft.instrumentation.api.MethodInstrumentation;
import dev.weft.instrumentation.api.TypeInstrumentation;
import java.util.List;
import java.util.Set;

/** See the package. */
public final class HttpUrlConnectionInstrumentation implements Instrumentation {

  private static final String PACKAGE = "dev.weft.instrumentation.httpurlconnection.";
  private static final String CONNECTION = "sun.net.www.protocol.http.HttpURLConnection";
  private static final String CLIENT = "sun.net.www.http.HttpClient";
  private static final String CACHE = "sun.net.www.http.KeepAliveCache";

  @Override
  public String name() {
    return "http-url-connection";
  }

  @Override
  public Set<String> opens() {
    return Set.of(
        "java.base/sun.net",
        "java.base/sun.net.www",
        "java.base/sun.net.www.http",
        "java.base/sun.net.www.protocol.http");
  }

  @Override
  public List<TypeInstrumentation> types() {
    return List.of(connection(), requestBody(), responseBody(), client(), cache());
  }

  private static TypeInstrumentation connection() {
    String client = "Lsun/net/www/http/HttpClient;";
    String connect = "Ljava/net/URL;Ljava/net/Proxy;I";
    return new TypeInstrumentation(
        CONNECTION,
        List.of(new MethodInstrumentation(named("disconnect"), PACKAGE + "DisconnectAdvice")),
        List.of(
            call(
                "plainConnect0",
                CONNECTION,
                "getNewHttpClient",
                "(" + connect + ")" + client,
                "Connect",
                "connect"),
            call(
                "plainConnect0",
                CONNECTION,
                "getNewHttpClient",
                "(" + connect + "Z)" + client,
                "Connect",
                "connect"),
            call("getOutputStream0", CONNECTION, "writeRequests", "()V", "Write", "request"),
            call("getInputStream0", CONNECTION, "writeRequests", "()V", "Write", "request"),
            call(
                "writeRequests",
                CLIENT,
                "writeRequests",
                "(Lsun/net/www/MessageHeader;Lsun/net/www/http/PosterOutputStream;Z)V",
                "Write",
                "head"),
            call(
                "expect100Continue",
                CLIENT,
                "parseHTTP",
                ParseHttp.DESCRIPTOR,
                "Receive",
                "expect"),
            call(
                "getInputStream0",
                CLIENT,
                "parseHTTP",
                ParseHttp.DESCRIPTOR,
                "Receive",
                "receive")));
  }

  private static TypeInstrumentation requestBody() {
    return new TypeInstrumentation(
        CONNECTION + "$StreamingOutputStream",
        List.of(new MethodInstrumentation(named("checkError"), PACKAGE + "RequestBrokenAdvice")));
  }

  private static TypeInstrumentation responseBody() {
    return new TypeInstrumentation(
        CONNECTION + "$HttpInputStream",
        List.of(
            new MethodInstrumentation(
                named("read").takesArguments(3), PACKAGE + "ResponseReadAdvice"),
            new MethodInstrumentation(named("reset"), PACKAGE + "ResponseResetAdvice"),
            new MethodInstrumentation(named("close"), PACKAGE + "ResponseClosedAdvice")));
  }

  private static TypeInstrumentation client() {
    return new TypeInstrumentation(
        CLIENT,
        List.of(
            new MethodInstrumentation(
                named("finished", "closeServer").takesArguments(0),
                PACKAGE + "ConnectionDoneAdvice")),
        List.of(
            call(
                "New",
                CACHE,
                "get",
                "(Ljava/net/URL;Ljava/lang/Object;)Lsun/net/www/http/HttpClient;",
                "Pool",
                "get"),
            call(
                "putInKeepAliveCache",
                CACHE,
                "put",
                "(Ljava/net/URL;Ljava/lang/Object;Lsun/net/www/http/HttpClient;)V",
                "Pool",
                "put"),
            call(
                "openServer",
                CLIENT,
                "doConnect",
                "(Ljava/lang/String;I)Ljava/net/Socket;",
                "Open",
                "open"),
            writeAgain("parseHTTP"),
            writeAgain("parseHTTPHeader")));
  }

  private static CallSubstitution writeAgain(String within) {
    return call(
        within,
        CLIENT,
        "writeRequests",
        "(Lsun/net/www/MessageHeader;Lsun/net/www/http/PosterOutputStream;)V",
        "Write",
        "again");
  }

  private static TypeInstrumentation cache() {
    return new TypeInstrumentation(
        CACHE,
        List.of(
            new MethodInstrumentation(
                named("getMaxConnections"), PACKAGE + "MaxConnectionsAdvice")));
  }

  private static CallSubstitution call(
      String within, String owner, String name, String descriptor, String advice, String method) {
    return new CallSubstitution(named(within), owner, name, descriptor, PACKAGE + advice, method);
  }
}
