package dev.weft.xds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.weft.engine.inbound.ListeningPorts.ListeningPort;
import dev.weft.xds.ScriptedControlServer.Registration;
import dev.weft.xds.proto.WorkloadState;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkloadRegistrationTest {

  private static final Workload CATALOG =
      new Workload(
          "catalog-1",
          "10.1.2.3",
          "shop",
          "catalog",
          "back",
          Map.of("version", "v1"),
          "weft-test/1.2");
  private static final ListeningPort GUARDED =
      new ListeningPort(8080, "tomcat", "NioEndpoint", true);
  private static final ListeningPort UNGUARDED =
      new ListeningPort(9090, null, "ServerSocket", true);

  private final ScriptedControlServer server = ScriptedControlServer.start();
  private final ControlConnection connection =
      ControlConnection.open(
          List.of(new ControlServer(server.address(), null, () -> "token-1")), "weft-test/1.2");
  private final WorkloadRegistration registration = new WorkloadRegistration(connection, CATALOG);

  @AfterEach
  void close() {
    registration.close();
    connection.close();
    server.close();
  }

  @Test
  void saysTheWholeStateAndEachChange() {
    registration.update(List.of(new ListeningPort(7070, null, "x", false), GUARDED));
    registration.start();
    Registration stream = ScriptedControlServer.next(server.registrations);
    WorkloadState first = ScriptedControlServer.next(stream.states);
    assertThat(first.getSequence()).isEqualTo(1);
    assertThat(first.getService()).isEqualTo("catalog");
    assertThat(first.getNamespace()).isEqualTo("shop");
    assertThat(first.getServiceAccount()).isEqualTo("back");
    assertThat(first.getAddress()).isEqualTo("10.1.2.3");
    assertThat(first.getLabelsMap()).isEqualTo(Map.of("version", "v1"));
    assertThat(first.getInstance()).isEqualTo("catalog-1");
    assertThat(first.getReady()).isTrue();
    assertThat(first.getPortsList()).as("nobody serves the other").hasSize(1);
    assertThat(first.getPorts(0).getGuarded()).isTrue();
    assertThat(first.getPorts(0).getBy()).isEqualTo("tomcat");

    registration.update(List.of(GUARDED));
    registration.update(List.of(GUARDED, UNGUARDED));
    WorkloadState second = ScriptedControlServer.next(stream.states);
    assertThat(second.getSequence()).as("what is no change is not said").isEqualTo(2);
    assertThat(second.getPorts(1).getGuarded()).isFalse();
    assertThat(second.getPorts(1).getBy()).isEqualTo("ServerSocket");
  }

  @Test
  void showsTheServersVerdict() {
    registration.start();
    Registration stream = ScriptedControlServer.next(server.registrations);
    WorkloadState state = ScriptedControlServer.next(stream.states);
    assertThat(registration.status().registered()).isFalse();

    stream.answer(state, "no service catalog in shop");
    await()
        .untilAsserted(
            () ->
                assertThat(registration.status())
                    .isEqualTo(
                        new WorkloadRegistration.Status(
                            false, "no service catalog in shop", null)));

    registration.update(List.of(GUARDED));
    stream.answer(ScriptedControlServer.next(stream.states), "");
    await().until(() -> registration.status().registered());
  }

  @Test
  void registersAnewWhenTheStreamEnds() {
    registration.update(List.of(GUARDED));
    registration.start();
    Registration stream = ScriptedControlServer.next(server.registrations);
    ScriptedControlServer.next(stream.states);

    stream.answers.onError(Status.UNAVAILABLE.asRuntimeException());

    Registration again = ScriptedControlServer.next(server.registrations);
    WorkloadState state = ScriptedControlServer.next(again.states);
    assertThat(state.getSequence()).as("counts within one stream").isEqualTo(1);
    assertThat(state.getPortsCount()).isEqualTo(1);
  }

  @Test
  void whatDrainsIsNeverReadyAgain() {
    registration.update(List.of(GUARDED));
    registration.start();
    Registration stream = ScriptedControlServer.next(server.registrations);
    assertThat(ScriptedControlServer.next(stream.states).getReady()).isTrue();

    registration.drain();
    WorkloadState draining = ScriptedControlServer.next(stream.states);
    assertThat(draining.getReady()).isFalse();
    assertThat(draining.getPortsCount()).as("it still listens").isEqualTo(1);

    registration.update(List.of(GUARDED, UNGUARDED));
    assertThat(ScriptedControlServer.next(stream.states).getReady()).isFalse();

    stream.answers.onError(Status.UNAVAILABLE.asRuntimeException());
    Registration again = ScriptedControlServer.next(server.registrations);
    assertThat(ScriptedControlServer.next(again.states).getReady()).isFalse();
  }

  @Test
  void hasCertificatesSigned() throws IOException {
    CertificateClient certificates = new CertificateClient(connection);
    assertThat(certificates.sign("good", 3600)).containsExactly("leaf for 3600 s", "root");
    assertThat(server.authorizations).contains("Bearer token-1");
    assertThatThrownBy(() -> certificates.sign("bad", 0))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("who are you?");
  }

  @Test
  void aTokenThatIsNotThereIsNoFaultOfTheServers(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("token");
    ControlServer tokenless = new ControlServer(server.address(), null, TokenSource.file(file));
    try (ControlConnection connection =
        ControlConnection.open(List.of(tokenless), "weft-test/1.2")) {
      CertificateClient certificates = new CertificateClient(connection);
      String setting = "WEFT_TOKEN_FILE=" + file + ": ";
      assertThatThrownBy(() -> certificates.sign("good", 0)).hasMessage(setting + "no such file");

      WorkloadRegistration registration = new WorkloadRegistration(connection, CATALOG);
      registration.start();
      await()
          .untilAsserted(
              () ->
                  assertThat(registration.status().failure()).isEqualTo(setting + "no such file"));
      registration.close();

      Files.writeString(file, "");
      assertThatThrownBy(() -> certificates.sign("good", 0)).hasMessage(setting + "is empty");
      Files.writeString(file, "two words");
      assertThatThrownBy(() -> certificates.sign("good", 0))
          .hasMessage(setting + "does not hold a token");
      Files.delete(file);
      Files.createDirectory(file);
      assertThatThrownBy(() -> certificates.sign("good", 0)).hasMessage(setting + "is a directory");
    }
  }
}
