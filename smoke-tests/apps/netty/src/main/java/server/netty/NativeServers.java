package server.netty;

import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/**
 * On {@code SERVER_PORT} Netty, which answers whatever comes with one HTTP response; on {@code
 * GRPC_PORT} a gRPC server without services.
 */
public final class NativeServers {

  private static final String RESPONSE = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

  private NativeServers() {}

  public static void main(String[] args) throws Exception {
    serveGrpc(address("GRPC_PORT"));
    serveHttp(address("SERVER_PORT"));
  }

  private static InetSocketAddress address(String variable) {
    return new InetSocketAddress(
        InetAddress.getLoopbackAddress(), Integer.parseInt(System.getenv(variable)));
  }

  private static void serveGrpc(InetSocketAddress address) throws IOException {
    NettyServerBuilder.forAddress(address).build().start();
  }

  private static void serveHttp(InetSocketAddress address) throws InterruptedException {
    ChannelInitializer<SocketChannel> initializer =
        new ChannelInitializer<>() {
          @Override
          protected void initChannel(SocketChannel connection) {
            connection.pipeline().addLast(new Answering());
          }
        };
    new ServerBootstrap()
        .group(new MultiThreadIoEventLoopGroup(2, EpollIoHandler.newFactory()))
        .channel(EpollServerSocketChannel.class)
        .childHandler(initializer)
        .bind(address)
        .sync()
        .channel()
        .closeFuture()
        .sync();
  }

  private static final class Answering extends ChannelInboundHandlerAdapter {

    @Override
    public void channelRead(ChannelHandlerContext context, Object request) {
      ReferenceCountUtil.release(request);
      ChannelFuture unused =
          context.writeAndFlush(Unpooled.copiedBuffer(RESPONSE, StandardCharsets.US_ASCII));
    }
  }
}
