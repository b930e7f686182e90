package dev.weft.controlserver.registration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.controlserver.identity.Identity;
import dev.weft.controlserver.state.StateDirectory;
import dev.weft.xds.proto.ListeningPort;
import dev.weft.xds.proto.WorkloadState;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RegistrationServiceTest {
  private static final Identity CATALOG = new Identity("shop", "catalog");
  private static final WorkloadState GOOD =
      WorkloadState.newBuilder()
          .setSequence(1)
          .setService("catalog")
          .setNamespace("shop")
          .setServiceAccount("catalog")
          .setAddress("10.0.0.1")
          .addPorts(ListeningPort.newBuilder().setNumber(8080).setGuarded(true).setBy("tomcat"))
          .setReady(true)
          .setInstance("i1")
          .build();

  @Test
  void acceptsAWorkloadThatIsWhoItsTokenSays() {
    assertThat(RegistrationService.refusal(CATALOG, GOOD)).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "namespace,       bank,      shop/catalog",
    "service_account, vault,     shop/catalog",
    "service,         a.b,       DNS label",
    "service,         '',        DNS label",
    "address,         localhost, IP address",
    "instance,        '',        instance",
  })
  void refusesWhatIsWrong(String field, String value, String reason) {
    WorkloadState state =
        GOOD.toBuilder()
            .setField(WorkloadState.getDescriptor().findFieldByName(field), value)
            .build();

    assertThat(RegistrationService.refusal(CATALOG, state)).contains(reason);
  }

  @Test
  void refusesWhatIsNoPort() {
    WorkloadState state =
        GOOD.toBuilder().addPorts(ListeningPort.newBuilder().setNumber(-1)).build();

    assertThat(RegistrationService.refusal(CATALOG, state)).contains("4294967295");
  }

  @Test
  void aProcessThatReturnsBeforeItsOldStreamEndsCountsOnce() {
    WorkloadRegistry registry = new WorkloadRegistry();
    registry.put("old stream", registration("i1", "10.0.0.1"));
    registry.put("new stream", registration("i1", "10.0.0.2"));

    assertThat(registry.workloads()).extracting(Registration::address).containsExactly("10.0.0.2");
    registry.remove("old stream");
    assertThat(registry.workloads()).hasSize(1);
    registry.remove("new stream");
    assertThat(registry.workloads()).isEmpty();
  }

  @Test
  void anotherIdentityCanNotTakeAnInstanceOver() {
    WorkloadRegistry registry = new WorkloadRegistry();
    registry.put("a", registration("i1", "10.0.0.1"));
    registry.put(
        "b",
        new Registration(
            new Identity("bank", "thief"),
            "catalog",
            "10.6.6.6",
            Map.of(),
            List.of(),
            true,
            "",
            "i1",
            Instant.EPOCH));

    assertThat(registry.workloads()).hasSize(2);
  }

  @Test
  void tellsChangesOnly() {
    WorkloadRegistry registry = new WorkloadRegistry();
    AtomicInteger changes = new AtomicInteger();
    registry.onChange(changes::incrementAndGet);
    registry.put("a", registration("i1", "10.0.0.1"));
    registry.put("a", registration("i1", "10.0.0.1"));
    registry.put("a", registration("i1", "10.0.0.2"));
    registry.remove("a");
    registry.remove("a");

    assertThat(changes).hasValue(3);
  }

  @Test
  void whoWasRegisteredWithAnEarlierServerHasTimeToReturn(@TempDir Path directory)
      throws Exception {
    StateDirectory state = new StateDirectory(directory);
    WorkloadRegistry before = new WorkloadRegistry();
    try (RememberedWorkloads remembered = RememberedWorkloads.recall(state, before)) {
      before.onChange(remembered::workloadsChanged);
      before.put("a", registration("i1", "10.0.0.1"));
      before.put("b", registration("i2", "10.0.0.2"));
    }

    WorkloadRegistry after = new WorkloadRegistry();
    RememberedWorkloads.recall(state, after).close();
    assertThat(after.workloads()).isEqualTo(before.workloads());
    after.put("c", registration("i1", "10.0.0.1"));
    assertThat(after.workloads()).hasSize(2);
    after.remove("c");
    assertThat(after.workloads()).extracting(Registration::instance).containsExactly("i2");
    after.expectNoMore();
    assertThat(after.workloads()).isEmpty();
  }

  private static Registration registration(String instance, String address) {
    return new Registration(
        CATALOG, "catalog", address, Map.of(), List.of(), true, "", instance, Instant.EPOCH);
  }
}
