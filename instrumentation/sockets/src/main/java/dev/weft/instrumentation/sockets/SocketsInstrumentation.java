package dev.weft.instrumentation.sockets;

import static dev.weft.instrumentation.api.MethodMatcher.named;

import dev.weft.instrumentation.api.Instrumentation;
import dev.weft.instrumentation.api.MethodInstrumentation;
import dev.weft.instrumentation.api.MethodMatcher;
import dev.weft.instrumentation.api.TypeInstrumentation;
import java.util.List;
import java.util.Set;

/** Every way in which code in the JDK listens for TCP connections on Linux, as of JDK 17 to 25. */
public final class SocketsInstrumentation implements Instrumentation {

  private static final String PACKAGE = "dev.weft.instrumentation.sockets.";

  @Override
  public String name() {
    return "sockets";
  }

  @Override
  public Set<String> opens() {
    return Set.of("java.base/java.net"); // SocketImpl.close
  }

  @Override
  public List<TypeInstrumentation> types() {
    return List.of(
        new TypeInstrumentation(
            "java.net.ServerSocket",
            List.of(
                advice(named("bind").takesArguments(2), "ServerSocketAdvice$Bind"),
                advice(named("close"), "ServerSocketAdvice$Close"),
                advice(named("platformImplAccept"), "ServerSocketAdvice$Accept"),
                advice(
                    named("implAccept").takesArgument(0, "java.net.Socket"),
                    "ServerSocketAdvice$Admission"),
                advice(named("customImplAccept"), "ServerSocketAdvice$CustomAccept"))),
        new TypeInstrumentation(
            "sun.nio.ch.ServerSocketChannelImpl",
            List.of(
                advice(named("bind").takesArguments(2), "ServerSocketChannelAdvice$Bind"),
                advice(named("implCloseSelectableChannel"), "ServerSocketChannelAdvice$Close"),
                advice(named("accept"), "ServerSocketChannelAdvice$Accept"),
                advice(named("blockingAccept"), "ServerSocketChannelAdvice$Accept"))),
        new TypeInstrumentation(
            "sun.nio.ch.AsynchronousServerSocketChannelImpl",
            List.of(
                advice(named("bind").takesArguments(2), "AsynchronousChannelAdvice$Bind"),
                advice(named("close"), "AsynchronousChannelAdvice$Close"))),
        new TypeInstrumentation(
            "sun.nio.ch.UnixAsynchronousServerSocketChannelImpl",
            List.of(advice(named("finishAccept"), "AsynchronousChannelAdvice$Accept"))));
  }

  private static MethodInstrumentation advice(MethodMatcher method, String adviceClass) {
    return new MethodInstrumentation(method, PACKAGE + adviceClass);
  }
}
