package dev.weft.workload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.inbound.KnownPorts;
import dev.weft.engine.inbound.ListeningPorts.ListeningPort;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.ServerSocketChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Nothing is woven in this JVM, so all of its sockets are like those of native code. */
@EnabledOnOs(value = OS.LINUX, disabledReason = "there is no /proc/self/net/tcp")
class ListeningSocketsTest {

  @Test
  void findsTheProcesssSocketsWhateverTheyAreBoundTo() throws Exception {
    try (ServerSocket loopback = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
        ServerSocket sixth = new ServerSocket(0, 1, InetAddress.getByName("::1"));
        ServerSocketChannel any = ServerSocketChannel.open().bind(null)) {
      InetSocketAddress anyLocal = (InetSocketAddress) any.getLocalAddress();

      assertThat(ListeningSockets.ofProcess(address -> true))
          .contains(
              (InetSocketAddress) loopback.getLocalSocketAddress(),
              (InetSocketAddress) sixth.getLocalSocketAddress())
          .anyMatch(
              address ->
                  address.getAddress().isAnyLocalAddress()
                      && address.getPort() == anyLocal.getPort());
      assertThat(ListeningSockets.ofProcess(address -> false)).isEmpty();
    }
  }

  @Test
  void tellsTheEngineOfThoseThatNobodyReported() throws Exception {
    KnownPorts ports = EngineWithoutMesh.strict().knownPorts();
    InetSocketAddress bound;
    UnreportedSockets unreported = new UnreportedSockets(ports, address -> false);
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      bound = (InetSocketAddress) socket.getLocalSocketAddress();
      assertThat(unreported.look()).isFalse();
      assertThat(ports.all()).as("it may be reported yet").isEmpty();
      assertThat(unreported.look()).isTrue();
      assertThat(ports.unprotected()).contains(bound.getPort());
      assertThat(ports.all()).extracting(ListeningPort::port).contains(bound.getPort());

      UnreportedSockets withoutOwn = new UnreportedSockets(ports, bound::equals);
      withoutOwn.look();
      withoutOwn.look();
      assertThat(ports.unprotected()).as("Weft's own").doesNotContain(bound.getPort());

      ports.opened(bound, "a module has seen it");
      unreported.look();
      assertThat(ports.unprotected()).doesNotContain(bound.getPort());
      ports.closed(bound);
    }
    unreported.look();
    assertThat(ports.all()).extracting(ListeningPort::port).doesNotContain(bound.getPort());
  }
}
