package dev.weft.workload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.inbound.MutualTlsMode;
import dev.weft.workload.WorkloadSettings.HostAndPort;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WorkloadSettingsTest {

  @Test
  void defaultsAreTheDocumentedOnes() {
    WorkloadSettings settings = read(Map.of());

    assertThat(settings.control()).isEqualTo(new HostAndPort("127.0.0.1", 15010));
    assertThat(settings.controlCa()).isNull();
    assertThat(settings.service()).isEqualTo("hello");
    assertThat(settings.namespace()).isEqualTo("default");
    assertThat(settings.serviceAccount()).isEqualTo("default");
    assertThat(settings.inboundInitial()).isEqualTo(MutualTlsMode.PERMISSIVE);
    assertThat(settings.startWait()).isEqualTo(Duration.ofSeconds(2));
    assertThat(settings.adminPort()).isEqualTo(15020);
    assertThat(settings.problems()).isEmpty();
  }

  @Test
  void theServiceIsNamedByTheVariableThenTheLabelThenTheApplication() {
    assertThat(read(Map.of("WEFT_SERVICE", "catalog", "WEFT_LABELS", "app=other")).service())
        .isEqualTo("catalog");
    assertThat(read(Map.of("WEFT_LABELS", "app=other,version=v1")).service()).isEqualTo("other");
    assertThat(read(Map.of("WEFT_LABELS", "version=v1")).service()).isEqualTo("hello");
  }

  @Test
  void theSystemPropertyWinsOverTheVariable() {
    Settings settings =
        new Settings(
            name -> name.equals("weft.namespace") ? "shop" : null,
            Map.of("WEFT_NAMESPACE", "other"));

    assertThat(WorkloadSettings.read(settings, "hello").namespace()).isEqualTo("shop");
  }

  @Test
  void whatMakesNoSenseIsReportedByNameAndReplacedByItsDefault() {
    WorkloadSettings settings =
        read(
            Map.of(
                "WEFT_CONTROL", "nowhere",
                "WEFT_ADMIN_PORT", "99999",
                "WEFT_START_WAIT", "soon",
                "WEFT_LABELS", "=v1"));

    assertThat(settings.control()).isEqualTo(new HostAndPort("127.0.0.1", 15010));
    assertThat(settings.problems())
        .containsExactlyInAnyOrder(
            "WEFT_CONTROL=nowhere: expected host:port; using 127.0.0.1:15010",
            "WEFT_ADMIN_PORT=99999: expected a port number from 0 to 65534; using 15020",
            "WEFT_START_WAIT=soon: expected a duration such as 500ms, 2s or 1m; using 2s",
            "WEFT_LABELS==v1: expected key=value, separated by commas; using ");
  }

  @Test
  void anInitialModeThatIsNotUnderstoodIsStrict() {
    WorkloadSettings settings = read(Map.of("WEFT_INBOUND_INITIAL", "strickt"));

    assertThat(settings.inboundInitial()).isEqualTo(MutualTlsMode.STRICT);
    assertThat(settings.problems()).hasSize(1);
  }

  @Test
  void anIpv6AddressIsWrittenInBrackets() {
    assertThat(read(Map.of("WEFT_CONTROL", "[::1]:15012")).control())
        .isEqualTo(new HostAndPort("::1", 15012));
  }

  private static WorkloadSettings read(Map<String, String> environment) {
    return WorkloadSettings.read(new Settings(name -> null, environment), "hello");
  }
}
