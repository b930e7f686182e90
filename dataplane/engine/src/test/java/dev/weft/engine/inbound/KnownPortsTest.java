package dev.weft.engine.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.EngineFixture;
import dev.weft.engine.inbound.ListeningPorts.ListeningPort;
import dev.weft.engine.model.InboundListener;
import java.util.List;
import org.junit.jupiter.api.Test;

class KnownPortsTest {

  private final EngineFixture mesh = new EngineFixture(MutualTlsMode.STRICT, 1);
  private final ListeningPorts ports = mesh.engine.listeningPorts();

  @Test
  void closesUnguardedConnectionsFromTheFirstOneOn() {
    assertThat(ports.refusesUnguarded(8080)).as("before anybody reported it").isTrue();
    ports.opened(8080, "java.net.ServerSocket");
    assertThat(ports.refusesUnguarded(8080)).isTrue();
    ports.guard(8080, "tomcat");
    assertThat(ports.refusesUnguarded(8080)).isFalse();
    assertThat(ports.mode(8080)).isEqualTo(MutualTlsMode.STRICT);
    assertThat(ports.all())
        .containsExactly(new ListeningPort(8080, "tomcat", "java.net.ServerSocket"));
  }

  @Test
  void aGuardMayComeBeforeTheSocket() {
    ports.guard(8080, "tomcat");
    ports.opened(8080, "sun.nio.ch.ServerSocketChannelImpl");
    assertThat(ports.all())
        .containsExactly(new ListeningPort(8080, "tomcat", "sun.nio.ch.ServerSocketChannelImpl"));
  }

  @Test
  void configurationDecidesOnceItIsThere() {
    ports.opened(8080, "x");
    mesh.inbound(new InboundListener(8080, MutualTlsMode.PERMISSIVE, List.of(), List.of(), false));
    assertThat(ports.mode(8080)).isEqualTo(MutualTlsMode.PERMISSIVE);
    assertThat(ports.refusesUnguarded(8080)).isFalse();
    assertThat(ports.mode(9090)).as("nothing is said about it").isEqualTo(MutualTlsMode.STRICT);
  }

  @Test
  void forgetsAPortWithItsLastSocket() {
    ports.opened(8080, "x");
    ports.opened(8080, "x");
    ports.guard(8080, "tomcat");
    ports.closed(8080);
    assertThat(ports.refusesUnguarded(8080)).isFalse();
    ports.closed(8080);
    assertThat(ports.all()).isEmpty();
    ports.opened(8080, "y");
    assertThat(ports.refusesUnguarded(8080)).isTrue();
  }

  @Test
  void leavesExemptPortsAlone() {
    mesh.engine.exempt(15020);
    ports.opened(15020, "x");
    assertThat(ports.refusesUnguarded(15020)).isFalse();
    assertThat(ports.mode(15020)).isEqualTo(MutualTlsMode.DISABLE);
    assertThat(ports.all()).isEmpty();
    ports.closed(15020);
    assertThat(ports.mode(15020)).isEqualTo(MutualTlsMode.DISABLE);
  }

  @Test
  void tellsOfChanges() {
    int[] changes = {0};
    mesh.engine.onListeningPortsChange(() -> changes[0]++);
    ports.opened(8080, "x");
    ports.guard(8080, "tomcat");
    ports.guard(8080, "tomcat");
    ports.closed(8080);
    assertThat(changes[0]).as("the second guard changed nothing").isEqualTo(3);
  }
}
