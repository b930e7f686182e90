package dev.weft.instrumentation.tomcat;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.channels.ClosedChannelException;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.NioEndpoint;
import org.apache.tomcat.util.net.NioEndpoint.NioSocketWrapper;
import org.apache.tomcat.util.net.SocketBufferHandler;
import org.junit.jupiter.api.Test;

class AddressesTest {

  /** As Tomcat leaves it to a stream of HTTP/2 that comes late. */
  @Test
  void aConnectionThatHasGoneHasNone() {
    NioSocketWrapper connection =
        new NioSocketWrapper(
            new NioChannel(new SocketBufferHandler(0, 0, false)), new NioEndpoint());

    assertThatThrownBy(() -> Addresses.remote(connection))
        .isInstanceOf(ClosedChannelException.class);
    assertThatThrownBy(() -> Addresses.local(connection))
        .isInstanceOf(ClosedChannelException.class);
  }
}
