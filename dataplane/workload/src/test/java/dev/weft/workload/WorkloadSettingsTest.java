package dev.weft.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.weft.engine.inbound.MutualTlsMode;
import dev.weft.workload.WorkloadSettings.HostAndPort;
import dev.weft.xds.XdsProtocol;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class WorkloadSettingsTest {

  @Test
  void defaultsAreTheDocumentedOnes() {
    WorkloadSettings settings = read(Map.of());

    assertThat(settings.control()).containsExactly(new HostAndPort("127.0.0.1", 15010));
    assertThat(settings.xdsProtocol()).isEqualTo(XdsProtocol.AUTO);
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
                "WEFT_CONTROL", "somewhere:1,nowhere",
                "WEFT_XDS_PROTOCOL", "rest",
                "WEFT_ADMIN_PORT", "99999",
                "WEFT_START_WAIT", "soon",
                "WEFT_LABELS", "=v1"));

    assertThat(settings.control()).containsExactly(new HostAndPort("127.0.0.1", 15010));
    assertThat(settings.problems())
        .containsExactlyInAnyOrder(
            "WEFT_CONTROL=somewhere:1,nowhere: expected host:port; using 127.0.0.1:15010",
            "WEFT_XDS_PROTOCOL=rest: expected auto, delta or sotw; using auto",
            "WEFT_ADMIN_PORT=99999: expected a port number from 0 to 65534; using 15020",
            "WEFT_START_WAIT=soon: expected a duration such as 500ms, 2s or 1m; using 2s",
            "WEFT_LABELS==v1: expected key=value, separated by commas; using ");
  }

  @Test
  void aNameThatCannotBeRegisteredIsReportedAndReplaced() {
    WorkloadSettings settings =
        read(
            Map.of(
                "WEFT_SERVICE", "a b",
                "WEFT_NAMESPACE", "UP",
                "WEFT_SERVICE_ACCOUNT", "-",
                "WEFT_LABELS", "app=catalog"));

    assertThat(settings.service()).isEqualTo("catalog");
    assertThat(settings.namespace()).isEqualTo("default");
    assertThat(settings.serviceAccount()).isEqualTo("default");
    assertThat(settings.problems())
        .containsExactlyInAnyOrder(
            "WEFT_SERVICE=a b: expected a DNS label: a-z, 0-9 and -, 63 at most; using catalog",
            "WEFT_NAMESPACE=UP: expected a DNS label: a-z, 0-9 and -, 63 at most; using default",
            "WEFT_SERVICE_ACCOUNT=-: expected a DNS name: a-z, 0-9, - and ., 253 at most;"
                + " using default");
  }

  @Test
  void aLabelThatCannotNameTheServiceIsReported() {
    WorkloadSettings settings = read(Map.of("WEFT_LABELS", "app=Shop.2"));

    assertThat(settings.service()).isEqualTo("hello");
    assertThat(settings.labels()).containsEntry("app", "Shop.2");
    assertThat(settings.problems())
        .containsExactly("WEFT_LABELS: app=Shop.2 can't name a service; using hello");
  }

  @Test
  void whatIsNoLabelIsReportedAndLeftOut() {
    String tooLong = "a".repeat(64);
    String rule =
        ": expected letters, digits, -, _ and ., a letter or digit at both ends, 63 at most;"
            + " leaving it out";

    WorkloadSettings settings =
        read(
            Map.of(
                "WEFT_LABELS",
                "version=v 1é, zone=a-1_b.C ,empty=,app.kubernetes.io/part-of=shop,Up/key=a,-a=b,"
                    + "long="
                    + tooLong));

    assertThat(settings.labels())
        .containsOnly(
            entry("zone", "a-1_b.C"),
            entry("empty", ""),
            entry("app.kubernetes.io/part-of", "shop"));
    assertThat(settings.problems())
        .containsExactlyInAnyOrder(
            "WEFT_LABELS: version=v 1é" + rule,
            "WEFT_LABELS: Up/key=a" + rule,
            "WEFT_LABELS: -a=b" + rule,
            "WEFT_LABELS: long=" + tooLong + rule);
  }

  @Test
  void aVariableThatThereIsNotIsReported() {
    assertThat(read(Map.of("WEFT_SERVIC", "x", "WEFTLESS", "x", "WEFT_ADMN_PORT", "1")).problems())
        .containsExactly(
            "WEFT_ADMN_PORT: there is no such setting", "WEFT_SERVIC: there is no such setting");
    assertThat(
            read(Map.of(
                    "WEFT_CONTROL_SERVICE_HOST", "10.0.0.1",
                    "WEFT_CONTROL_SERVICE_PORT_GRPC", "15010",
                    "WEFT_CONTROL_PORT", "tcp://10.0.0.1:15010",
                    "WEFT_CONTROL_PORT_15010_TCP_PORT", "15010"))
                .problems())
        .as("Kubernetes makes them of a service called weft-control")
        .isEmpty();
  }

  @Test
  void everyDocumentedVariableIsKnown() throws IOException {
    Map<String, String> documented =
        Pattern.compile("`(WEFT_[A-Z_]*[A-Z])`")
            .matcher(Files.readString(Path.of("../../docs/settings.md")))
            .results()
            .map(result -> result.group(1))
            .distinct()
            .collect(Collectors.toMap(name -> name, name -> ""));

    assertThat(documented).containsKeys("WEFT_CONTROL", "WEFT_LOG_LEVEL");
    assertThat(read(documented).problems()).isEmpty();
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
        .containsExactly(new HostAndPort("::1", 15012));
  }

  @Test
  void severalAddressesAreSeparatedByCommas() {
    assertThat(read(Map.of("WEFT_CONTROL", "a.weft:15012, b.weft:15012")).control())
        .containsExactly(new HostAndPort("a.weft", 15012), new HostAndPort("b.weft", 15012));
  }

  private static WorkloadSettings read(Map<String, String> environment) {
    return WorkloadSettings.read(new Settings(name -> null, environment), "hello");
  }
}
