package dev.weft.controlserver.registration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.google.common.net.InetAddresses;
import dev.weft.controlserver.identity.Identity;
import dev.weft.controlserver.registration.Registration.Port;
import dev.weft.controlserver.registration.WorkloadRegistry.Refused;
import dev.weft.controlserver.registration.WorkloadRegistry.Registrant;
import dev.weft.controlserver.state.StateDirectory;
import dev.weft.xds.proto.ListeningPort;
import dev.weft.xds.proto.WorkloadState;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RegistrationServiceTest {
  private static final Identity CATALOG = new Identity("shop", "catalog");
  private static final Identity THIEF = new Identity("shop", "thief");
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
    assertThat(refusal("127.0.0.1", GOOD)).isNull();
    assertThat(refusal("::1", GOOD)).isNull();
    assertThat(refusal("10.0.0.1", GOOD)).isNull();
    assertThat(refusal("::ffff:10.0.0.1", GOOD)).isNull();
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

    assertThat(refusal("127.0.0.1", state)).contains(reason);
  }

  @Test
  void refusesWhatIsNoPort() {
    WorkloadState state =
        GOOD.toBuilder().addPorts(ListeningPort.newBuilder().setNumber(-1)).build();

    assertThat(refusal("127.0.0.1", state)).contains("4294967295");
  }

  @Test
  void refusesAnAddressThatIsNotTheCallers() {
    assertThat(refusal("10.6.6.6", GOOD))
        .isEqualTo("address 10.0.0.1 is not the one that it connects from, 10.6.6.6");
  }

  private static @Nullable String refusal(String peer, WorkloadState state) {
    return RegistrationService.refusal(CATALOG, InetAddresses.forString(peer), state);
  }

  @Test
  void aProcessThatReturnsBeforeItsOldStreamEndsCountsOnce() {
    WorkloadRegistry registry = new WorkloadRegistry();
    Registrant oldStream = () -> {};
    Registrant newStream = () -> fail("nothing changes");
    registry.put(oldStream, registration("i1", "10.0.0.1"));
    registry.put(newStream, registration("i1", "10.0.0.2"));

    assertThat(registry.workloads()).extracting(Registration::address).containsExactly("10.0.0.2");
    registry.remove(oldStream);
    assertThat(registry.workloads()).hasSize(1);
    registry.remove(newStream);
    assertThat(registry.workloads()).isEmpty();
  }

  @Test
  void anotherIdentityCanNotTakeAnInstanceOver() {
    WorkloadRegistry registry = new WorkloadRegistry();
    registry.put(() -> {}, registration("i1", "10.0.0.1"));
    registry.put(() -> fail("nothing changes"), registration(THIEF, "i1", "10.6.6.6", 8080));

    assertThat(registry.workloads()).hasSize(2);
  }

  @Test
  void anotherIdentityCanNotTakeAnAddressOver() {
    WorkloadRegistry registry = new WorkloadRegistry();
    AtomicInteger told = new AtomicInteger();
    Registrant catalog = () -> fail("nothing changes for it");
    Registrant thief = told::incrementAndGet;
    registry.put(catalog, registration(CATALOG, "i1", "10.0.0.1", 8080));

    assertThat(registry.put(thief, registration(THIEF, "i2", "10.0.0.1", 8080)))
        .hasValue("port 8080 of 10.0.0.1 is registered by shop/catalog");
    assertThat(registry.workloads()).extracting(Registration::identity).containsExactly(CATALOG);
    assertThat(registry.refused()).hasSize(1);
    assertThat(registry.put(thief, registration(THIEF, "i2", "10.0.0.1", 8081))).isEmpty();

    // An address is given to another pod before the stream of the last one is known to be dead.
    registry.put(thief, registration(THIEF, "i2", "10.0.0.1", 8080));
    registry.remove(catalog);
    registry.judgeAgain();
    assertThat(registry.workloads()).extracting(Registration::identity).containsExactly(THIEF);
    assertThat(registry.refused()).isEmpty();
    assertThat(told).hasValue(1);
  }

  @Test
  void anAddressIsKeptForWhoeverIsExpectedBack() {
    WorkloadRegistry registry = new WorkloadRegistry();
    registry.expect(List.of(registration(CATALOG, "i1", "10.0.0.1", 8080)));

    assertThat(registry.put(() -> {}, registration(THIEF, "i2", "10.0.0.1", 8080))).isPresent();
    assertThat(registry.put(() -> {}, registration(CATALOG, "i3", "10.0.0.1", 8080))).isEmpty();
  }

  @Test
  void whoeverIsNoLongerEntitledIsOutUntilItIsAgain() {
    WorkloadRegistry registry = new WorkloadRegistry();
    AtomicReference<Optional<String>> entitlement = new AtomicReference<>(Optional.empty());
    registry.entitlement(workload -> entitlement.get());
    List<Optional<String>> told = new ArrayList<>();
    Registrant catalog =
        new Registrant() {
          @Override
          public void judgedAgain() {
            told.add(registry.refusal(this));
          }
        };
    registry.put(catalog, registration("i1", "10.0.0.1"));
    for (Optional<String> verdict :
        List.of(Optional.<String>empty(), Optional.of("no"), Optional.of("no"))) {
      entitlement.set(verdict);
      registry.judgeAgain();
    }

    assertThat(registry.workloads()).isEmpty();
    assertThat(registry.refused()).extracting(Refused::reason).containsExactly("no");
    entitlement.set(Optional.empty());
    registry.judgeAgain();
    assertThat(registry.workloads()).hasSize(1);
    assertThat(told).containsExactly(Optional.of("no"), Optional.empty());
  }

  @Test
  void tellsChangesOnly() {
    WorkloadRegistry registry = new WorkloadRegistry();
    AtomicInteger changes = new AtomicInteger();
    registry.onChange(changes::incrementAndGet);
    Registrant stream = () -> fail("nothing changes");
    registry.put(stream, registration("i1", "10.0.0.1"));
    registry.put(stream, registration("i1", "10.0.0.1"));
    registry.put(stream, registration("i1", "10.0.0.2"));
    registry.remove(stream);
    registry.remove(stream);

    assertThat(changes).hasValue(3);
  }

  @Test
  void whoWasRegisteredWithAnEarlierServerHasTimeToReturn(@TempDir Path directory)
      throws Exception {
    StateDirectory state = new StateDirectory(directory);
    WorkloadRegistry before = new WorkloadRegistry();
    try (RememberedWorkloads remembered = RememberedWorkloads.recall(state, before)) {
      before.onChange(remembered::workloadsChanged);
      before.put(() -> {}, registration("i1", "10.0.0.1"));
      before.put(() -> fail("nothing changes"), registration("i2", "10.0.0.2"));
    }

    WorkloadRegistry after = new WorkloadRegistry();
    RememberedWorkloads.recall(state, after).close();
    assertThat(after.workloads()).isEqualTo(before.workloads());
    Registrant stream = () -> fail("nothing changes");
    after.put(stream, registration("i1", "10.0.0.1"));
    assertThat(after.workloads()).hasSize(2);
    after.remove(stream);
    assertThat(after.workloads()).extracting(Registration::instance).containsExactly("i2");
    after.expectNoMore();
    assertThat(after.workloads()).isEmpty();
  }

  private static Registration registration(String instance, String address) {
    return registration(CATALOG, instance, address, 8080);
  }

  private static Registration registration(
      Identity identity, String instance, String address, int port) {
    return new Registration(
        identity,
        "catalog",
        address,
        Map.of(),
        List.of(new Port(port, true, "tomcat")),
        true,
        "",
        instance,
        Instant.EPOCH);
  }
}
