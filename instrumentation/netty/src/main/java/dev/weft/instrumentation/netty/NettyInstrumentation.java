package dev.weft.instrumentation.netty;

import static dev.weft.instrumentation.api.MethodMatcher.named;

import dev.weft.instrumentation.api.Instrumentation;
import dev.weft.instrumentation.api.MethodInstrumentation;
import dev.weft.instrumentation.api.TypeInstrumentation;
import java.util.ArrayList;
import java.util.List;

/**
 * The native transports of Netty 4.1 and 4.2, and where their connections are registered; in Netty
 * itself and in copies of it that servers carry.
 */
public final class NettyInstrumentation implements Instrumentation {

  private static final String HERE = "dev.weft.instrumentation.netty.";

  /** What a copy's package names begin with: Netty's own, grpc-java's, Flink's, HBase's, Ratis'. */
  private static final List<String> COPIES =
      List.of(
          "",
          "io.grpc.netty.shaded.",
          "org.apache.flink.shaded.netty4.",
          "org.apache.hbase.thirdparty.",
          "org.apache.ratis.thirdparty.");

  private static final List<String> SERVER_CHANNELS =
      List.of(
          "io.netty.channel.epoll.EpollServerSocketChannel",
          "io.netty.channel.kqueue.KQueueServerSocketChannel",
          "io.netty.channel.uring.IoUringServerSocketChannel",
          "io.netty.incubator.channel.uring.IOUringServerSocketChannel");

  private static final String ACCEPTOR =
      "io.netty.bootstrap.ServerBootstrap$ServerBootstrapAcceptor";
  private static final String REACTORS_ACCEPTOR =
      "reactor.netty.transport.ServerTransport$Acceptor";

  @Override
  public String name() {
    return "netty";
  }

  @Override
  public List<TypeInstrumentation> types() {
    List<TypeInstrumentation> types = new ArrayList<>();
    for (String copy : COPIES) {
      for (String serverChannel : SERVER_CHANNELS) {
        types.add(serverChannel(copy + serverChannel));
      }
      types.add(acceptor(copy + ACCEPTOR));
    }
    types.add(acceptor(REACTORS_ACCEPTOR));
    return types;
  }

  private static TypeInstrumentation serverChannel(String type) {
    return new TypeInstrumentation(
        type,
        List.of(
            new MethodInstrumentation(
                named("doBind").takesArguments(1), HERE + "ServerChannelAdvice$Bind"),
            new MethodInstrumentation(
                named("newChildChannel"), HERE + "ServerChannelAdvice$Accept")));
  }

  /** Nothing is let in for want of this, so it isn't required. */
  private static TypeInstrumentation acceptor(String type) {
    return new TypeInstrumentation(
        type,
        List.of(
            new MethodInstrumentation(
                    named("channelRead").takesArguments(2), HERE + "AcceptorAdvice")
                .optional()));
  }
}
