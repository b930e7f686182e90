package dev.weft.engine.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.EngineFixture;
import dev.weft.engine.inbound.ListeningPorts.ListeningPort;
import dev.weft.engine.model.InboundListener;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class KnownPortsTest {

  private final EngineFixture mesh = new EngineFixture(MutualTlsMode.STRICT, 1);

  /** Held here, for the engine doesn't. */
  private List<Closeable> open = List.of();

  private final ListeningPorts ports = mesh.engine.listeningPorts();

  @Test
  void closesUnguardedConnectionsFromTheFirstOneOn() {
    assertThat(ports.refusesUnguarded(at(8080))).as("before anybody reported it").isTrue();
    ports.opened(at(8080), "java.net.ServerSocket");
    assertThat(ports.refusesUnguarded(at(8080))).isTrue();
    ports.guard(at(8080), "tomcat");
    assertThat(ports.refusesUnguarded(at(8080))).isFalse();
    assertThat(ports.mode(8080)).isEqualTo(MutualTlsMode.STRICT);
    assertThat(ports.all())
        .containsExactly(new ListeningPort(8080, "tomcat", "java.net.ServerSocket", true));
  }

  @Test
  void aGuardMayComeBeforeTheSocket() {
    ports.guard(at(8080), "tomcat");
    ports.opened(at(8080), "sun.nio.ch.ServerSocketChannelImpl");
    assertThat(ports.all())
        .containsExactly(
            new ListeningPort(8080, "tomcat", "sun.nio.ch.ServerSocketChannelImpl", true));
  }

  @Test
  void whatAKnownServerBindsIsServedWhenItSaysSo() {
    ports.beginBinding();
    ports.opened(at(8080), "x");
    CompletableFuture.runAsync(() -> ports.opened(at(9090), "another thread's")).join();
    ports.guard(at(8080), "tomcat");
    ports.endBinding();
    ports.opened(at(7070), "y");
    ListeningPort others9090 = new ListeningPort(9090, null, "another thread's", true);
    ListeningPort later7070 = new ListeningPort(7070, null, "y", true);
    assertThat(ports.all())
        .containsExactly(new ListeningPort(8080, "tomcat", "x", false), others9090, later7070);
    AtomicInteger changes = new AtomicInteger();
    mesh.engine.knownPorts().onChange(changes::incrementAndGet);
    ports.serving(at(8080));
    ports.serving(at(6060));
    assertThat(changes).hasValue(1);
    assertThat(ports.all())
        .containsExactly(new ListeningPort(8080, "tomcat", "x", true), others9090, later7070);
  }

  @Test
  void aPortIsServedAsSoonAsOneOfItsSocketsIs() {
    ports.beginBinding();
    ports.opened(at(8080), "x");
    ports.endBinding();
    ports.opened(new InetSocketAddress("127.0.0.2", 8080), "y");
    assertThat(ports.all()).singleElement().matches(ListeningPort::serving);
    ports.opened(at(8080), "z");
    ports.closed(new InetSocketAddress("127.0.0.2", 8080));
    assertThat(ports.all()).singleElement().matches(ListeningPort::serving);
  }

  @Test
  void configurationDecidesOnceItIsThere() {
    ports.opened(at(8080), "x");
    mesh.inbound(new InboundListener(8080, MutualTlsMode.PERMISSIVE, List.of()));
    assertThat(ports.mode(8080)).isEqualTo(MutualTlsMode.PERMISSIVE);
    assertThat(ports.refusesUnguarded(at(8080))).isFalse();
    assertThat(ports.mode(9090)).as("nothing is said about it").isEqualTo(MutualTlsMode.STRICT);
  }

  @Test
  void forgetsAPortWithItsLastSocket() {
    ports.opened(at(8080), "x");
    ports.opened(at(8080), "x");
    ports.guard(at(8080), "tomcat");
    ports.guard(at(8080), "tomcat");
    ports.closed(at(8080));
    assertThat(ports.refusesUnguarded(at(8080))).isFalse();
    ports.closed(at(8080));
    assertThat(ports.all()).isEmpty();
    ports.opened(at(8080), "y");
    assertThat(ports.refusesUnguarded(at(8080))).isTrue();
  }

  @Test
  void eachSocketOfAPortNeedsAGuardOfItsOwn() {
    InetSocketAddress other = new InetSocketAddress("127.0.0.2", 8080);
    ports.opened(at(8080), "tomcat's");
    ports.guard(at(8080), "tomcat");
    ports.opened(other, "plain");
    assertThat(ports.refusesUnguarded(at(8080))).isFalse();
    assertThat(ports.refusesUnguarded(other)).isTrue();
    assertThat(ports.all()).containsExactly(new ListeningPort(8080, null, "plain", true));
    ports.closed(other);
    assertThat(ports.all()).containsExactly(new ListeningPort(8080, "tomcat", "tomcat's", true));
  }

  @Test
  void socketsThatShareAnAddressAreGuardedTogetherOrNotAtAll() {
    ports.opened(at(8080), "x");
    ports.guard(at(8080), "tomcat");
    ports.opened(at(8080), "y");
    assertThat(ports.refusesUnguarded(at(8080))).isTrue();
    ports.guard(at(8080), "tomcat");
    assertThat(ports.refusesUnguarded(at(8080))).isFalse();
    ports.closed(at(8080));
    assertThat(ports.refusesUnguarded(at(8080))).isFalse();
  }

  @Test
  void aSocketThatNobodyReportedIsShownAndUnprotectedUnderStrict() {
    mesh.engine.knownPorts().found(Set.of(at(5005)));
    assertThat(ports.all())
        .singleElement()
        .satisfies(
            port -> {
              assertThat(port.port()).isEqualTo(5005);
              assertThat(port.guardedBy()).isNull();
            });
    assertThat(mesh.engine.knownPorts().unprotected()).containsExactly(5005);
    mesh.inbound(new InboundListener(5005, MutualTlsMode.PERMISSIVE, List.of()));
    assertThat(mesh.engine.knownPorts().unprotected()).isEmpty();
    mesh.engine.knownPorts().found(Set.of());
    assertThat(ports.all()).isEmpty();
  }

  @Test
  void aSocketThatWasReportedAfterAllIsNoLongerUnprotected() {
    InetSocketAddress any = new InetSocketAddress("0.0.0.0", 8080);
    mesh.engine.knownPorts().found(Set.of(new InetSocketAddress("::", 8080)));
    ports.opened(any, "x");
    assertThat(mesh.engine.knownPorts().unprotected()).isEmpty();
    assertThat(ports.all()).containsExactly(new ListeningPort(8080, null, "x", true));
  }

  @Test
  void connectionsThatProvedNothingEndWhenTheirPortTurnsStrict() throws IOException {
    EngineFixture mesh = new EngineFixture(MutualTlsMode.PERMISSIVE, 1);
    AtomicInteger closed = new AtomicInteger();
    AtomicInteger closedElsewhere = new AtomicInteger();
    open = List.of(closed::incrementAndGet, closedElsewhere::incrementAndGet);
    ListeningPorts ports = mesh.engine.listeningPorts();
    ports.admitted(8080, open.get(0));
    ports.admitted(9090, open.get(1));
    mesh.inbound(listener(8080, MutualTlsMode.PERMISSIVE), listener(9090, MutualTlsMode.DISABLE));
    assertThat(closed).hasValue(0);
    mesh.inbound(listener(8080, MutualTlsMode.STRICT), listener(9090, MutualTlsMode.DISABLE));
    mesh.inbound(listener(8080, MutualTlsMode.STRICT), listener(9090, MutualTlsMode.DISABLE));
    assertThat(closed).hasValue(1);
    assertThat(closedElsewhere).hasValue(0);
  }

  private static InboundListener listener(int port, MutualTlsMode mode) {
    return new InboundListener(port, mode, List.of());
  }

  @Test
  void tellsOfChanges() {
    int[] changes = {0};
    mesh.engine.onListeningPortsChange(() -> changes[0]++);
    ports.opened(at(8080), "x");
    ports.guard(at(8080), "tomcat");
    ports.closed(at(8080));
    ports.closed(at(8080));
    assertThat(changes[0]).as("closing what isn't open changes nothing").isEqualTo(3);
  }

  private static InetSocketAddress at(int port) {
    return new InetSocketAddress("127.0.0.1", port);
  }
}
