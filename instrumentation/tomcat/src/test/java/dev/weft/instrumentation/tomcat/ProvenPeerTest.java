package dev.weft.instrumentation.tomcat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.engine.inbound.ConnectedPeer;
import java.nio.channels.ClosedChannelException;
import org.junit.jupiter.api.Test;

class ProvenPeerTest {

  private final Object connection = new Object();
  private final ProvenPeer peer =
      new ProvenPeer(connection, new ConnectedPeer("spiffe://cluster.local/x", false), 1000, 900);

  @Test
  void isNobodyElsesWhenItsChannelIsUsedAgain() throws ClosedChannelException {
    assertThat(peer.on(connection)).isSameAs(peer);
    assertThatThrownBy(() -> peer.on(new Object())).isInstanceOf(ClosedChannelException.class);
  }

  @Test
  void isGivenUpBeforeItsCertificateEnds() {
    assertThat(peer.isEnding(899)).isFalse();
    assertThat(peer.isEnding(900)).isTrue();
    assertThat(peer.hasExpired(900)).isFalse();
  }

  @Test
  void provesNothingPastItsCertificate() {
    assertThat(peer.hasExpired(1000)).isFalse();
    assertThat(peer.hasExpired(1001)).isTrue();
  }
}
