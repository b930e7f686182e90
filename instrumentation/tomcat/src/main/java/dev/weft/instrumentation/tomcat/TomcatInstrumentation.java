package dev.weft.instrumentation.tomcat;

import static dev.weft.instrumentation.api.MethodMatcher.named;

import dev.weft.instrumentation.api.CallSubstitution;
import dev.weft.instrumentation.api.Instrumentation;
import dev.weft.instrumentation.api.MethodInstrumentation;
import dev.weft.instrumentation.api.MethodMatcher;
import dev.weft.instrumentation.api.TypeInstrumentation;
import java.util.List;
import java.util.Set;

/** What is woven into Tomcat. */
public final class TomcatInstrumentation implements Instrumentation {

  private static final String HERE = "dev.weft.instrumentation.tomcat.";
  private static final String COYOTE = "org.apache.coyote.";
  private static final String NET = "org.apache.tomcat.util.net.";

  /** Where Tomcat is on the module path, {@link TomcatInternals} needs these. */
  private static final String MODULE = "org.apache.tomcat.embed.core/";

  @Override
  public String name() {
    return "tomcat";
  }

  @Override
  public List<TypeInstrumentation> types() {
    // Binding and accepting are in one type: a port is never said to be guarded by an endpoint
    // whose connections aren't.
    return List.of(
        new TypeInstrumentation(
            NET + "NioEndpoint",
            List.of(
                advice(named("bind").takesArguments(0), "Binding"),
                advice(named("startInternal").takesArguments(0), "Serving")),
            List.of(
                new CallSubstitution(
                        named("setSocketOptions"),
                        NET + "NioEndpoint$Poller",
                        "register",
                        "(Lorg/apache/tomcat/util/net/NioEndpoint$NioSocketWrapper;)V",
                        HERE + "Admission",
                        "register")
                    .orElse("close"))),
        new TypeInstrumentation(
            NET + "AprEndpoint",
            List.of(
                advice(named("bind").takesArguments(0), "AprEndpointAdvice$Bind"),
                advice(named("doCloseServerSocket"), "AprEndpointAdvice$Close"))),
        new TypeInstrumentation(
            NET + "AprEndpoint$SocketWithOptionsProcessor",
            List.of(advice(named("run").takesArguments(0), "AprEndpointAdvice$Start"))),
        new TypeInstrumentation(
            "org.apache.catalina.connector.CoyoteAdapter",
            List.of(
                advice(onRequestAndResponse("service", 2), "RequestService"),
                advice(onRequestAndResponse("asyncDispatch", 3), "AsyncDispatch"))),
        new TypeInstrumentation(
            COYOTE + "http11.Http11Processor",
            List.of(
                advice(named("prepareResponse").takesArguments(0), "ResponseCommit"),
                advice(named("badRequest").takesArguments(1), "PausedConnector").optional())),
        new TypeInstrumentation(
            COYOTE + "http2.Stream",
            List.of(advice(named("sentEndOfStream").takesArguments(0), "EndOfStream"))),
        new TypeInstrumentation(
            COYOTE + "http2.StreamProcessor",
            List.of(advice(named("prepareResponse").takesArguments(0), "ResponseCommit"))),
        new TypeInstrumentation(
            COYOTE + "Request",
            List.of(
                advice(named("updateCounters").takesArguments(0), "RequestEnd"),
                advice(named("recycle").takesArguments(0), "RequestRecycling"))));
  }

  @Override
  public Set<String> opens() {
    return Set.of(MODULE + "org.apache.coyote", MODULE + "org.apache.tomcat.util.net");
  }

  private static MethodInstrumentation advice(MethodMatcher method, String adviceClass) {
    return new MethodInstrumentation(method, HERE + adviceClass);
  }

  private static MethodMatcher onRequestAndResponse(String name, int arguments) {
    return named(name)
        .takesArguments(arguments)
        .takesArgument(0, COYOTE + "Request")
        .takesArgument(1, COYOTE + "Response");
  }
}
