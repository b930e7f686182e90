package dev.weft.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.demo.process.Http;
import dev.weft.demo.process.MeshedApplication;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Sockets of Netty's epoll transport, of which the JDK knows nothing: Netty's own, and those of the
 * copy inside grpc-netty-shaded.
 */
final class NettyListenerIT {

  private static final int CONNECTIONS = 50;

  private static final String HTTP_REQUEST = "GET / HTTP/1.1\r\nHost: netty\r\n\r\n";

  /** As every HTTP/2 client begins, with empty SETTINGS. */
  private static final String HTTP2_PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + "\0\0\0" + "\4" + "\0" + "\0\0\0\0";

  private static final String NETTYS = "io.netty.channel.epoll.EpollServerSocketChannel";
  private static final String GRPCS = "io.grpc.netty.shaded." + NETTYS;

  private int grpcPort;

  @BeforeEach
  void choosePort() throws IOException {
    grpcPort = Http.freePort();
  }

  /**
   * @param failing whether all advice throws: the guard then answers by what it has for that case
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void areClosedFromTheFirstConnectionUnderStrict(boolean failing) throws Exception {
    for (Path javaHome : Jdks.all()) {
      MeshedApplication.Builder builder =
          netty()
              .javaHome(javaHome)
              .jvmOption("-Dweft.test.advice.fail=" + failing)
              .environment("WEFT_CONTROL", "127.0.0.1:" + Http.freePort())
              .environment("WEFT_INBOUND_INITIAL", "strict");
      try (MeshedApplication netty = builder.start(ShopMesh.directory("netty-strict"))) {
        http(netty).assertClosesUnanswered(CONNECTIONS);
        grpc(netty).assertClosesUnanswered(CONNECTIONS);
        assertThat(netty.process().alive()).isTrue();
        if (!failing) {
          http(netty).assertShownAsUnguarded(NETTYS);
          grpc(netty).assertShownAsUnguarded(GRPCS);
          assertThat(Http.get(netty.adminUrl("/healthz/ready")).body())
              .as("ports whose connections are closed keep nobody from being ready")
              .doesNotContain("STRICT");
          assertThat(netty.process().output())
              .as("the application notices nothing")
              .doesNotContain("Failed to register", "Exception");
        }
        Observed.print(
            "Netty's epoll sockets, its own and gRPC's, STRICT%s: %d of %d connections each closed"
                + " unanswered",
            failing ? ", every advice failing" : "", CONNECTIONS, CONNECTIONS);
      }
    }
  }

  @Test
  void areServedUntilTheyTurnStrict() throws Exception {
    for (Path javaHome : Jdks.all()) {
      try (ShopMesh mesh = ShopMesh.open("netty", javaHome)) {
        MeshedApplication netty =
            mesh.start(netty().javaHome(javaHome).joins(mesh.control(), "shop/netty"));
        mesh.awaitServing(netty);
        try (Socket http = http(netty).connect();
            Socket grpc = grpc(netty).connect()) {
          assertThat(UnguardedPort.firstByte(http)).as("of a response").isEqualTo('H');
          assertThat(UnguardedPort.firstByte(grpc)).as("of a SETTINGS frame").isZero();
          http(netty).assertShownAsUnguarded(NETTYS);
          grpc(netty).assertShownAsUnguarded(GRPCS);
          mesh.apply("shop-strict.yaml");
          http.getInputStream().readAllBytes();
          grpc.getInputStream().readAllBytes();
        }
        assertThat(http(netty).closesUnanswered()).isTrue();
        assertThat(grpc(netty).closesUnanswered()).isTrue();
        assertThat(Http.get(netty.adminUrl("/healthz/ready")).statusCode()).isEqualTo(200);
        Observed.print(
            "Netty's epoll sockets, its own and gRPC's: served and shown as unguarded; turned"
                + " STRICT, what was open is closed and what comes is refused");
      }
    }
  }

  private MeshedApplication.Builder netty() {
    Path jar =
        Path.of(System.getProperty("weft.root", ".."))
            .resolve("smoke-tests/apps/netty/target/netty.jar")
            .toAbsolutePath();
    return ShopMesh.sparing(MeshedApplication.builder("netty", jar, ShopMesh.agent()))
        .environment("WEFT_SERVICE", "netty")
        .environment("GRPC_PORT", Integer.toString(grpcPort));
  }

  private static UnguardedPort http(MeshedApplication netty) {
    return new UnguardedPort(netty, netty.port(), HTTP_REQUEST);
  }

  private UnguardedPort grpc(MeshedApplication netty) {
    return new UnguardedPort(netty, grpcPort, HTTP2_PREFACE);
  }
}
