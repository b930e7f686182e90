package dev.weft.engine.orca;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.HeaderSource;
import dev.weft.engine.model.LoadBalancing.ClientSideWeighted;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Envoy's parseOrcaLoadReportHeaders and calculateWeightFromOrcaReport; gRFC A58 and A114. */
class LoadReportTest {

  private static @Nullable LoadReport report(String header, String value) {
    HeaderSource headers = name -> name.equals(header) ? value : null;
    return LoadReport.in(headers);
  }

  private static @Nullable LoadReport report(String value) {
    return report("endpoint-load-metrics", value);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "TEXT cpu_utilization=0.7, rps_fractional=1000,eps=2,named_metrics.foo=0.25",
        "TEXT cpu_utilization:0.7,rps_fractional:1000,eps:2,named_metrics.foo:0.25",
        "JSON {\"cpu_utilization\": 0.7, \"rps_fractional\": 1e3, \"eps\": \"2\","
            + " \"named_metrics\": {\"foo\": 0.25}}",
        "JSON {\"cpuUtilization\":0.7,\"rpsFractional\":1000,\"eps\":2,\"namedMetrics\":{\"foo\":0.25}}",
        // cpu_utilization 1, rps_fractional 6, eps 7, named_metrics 8 of key 1 and value 2
        "BIN CWZmZmZmZuY/MQAAAAAAQI9AOQAAAAAAAABAQg4KA2ZvbxEAAAAAAADQPw=="
      })
  void isReadInEachOfItsForms(String value) {
    assertThat(report(value))
        .isEqualTo(
            new LoadReport(
                Map.of(
                    "cpu_utilization", 0.7,
                    "rps_fractional", 1000.0,
                    "eps", 2.0,
                    "named_metrics.foo", 0.25)));
  }

  /** The legacy header of gRPC's. */
  @Test
  void isReadAsGrpcSendsIt() {
    byte[] cpu = {0x09, 0, 0, 0, 0, 0, 0, (byte) 0xe0, 0x3f};
    assertThat(report("endpoint-load-metrics-bin", Base64.getEncoder().encodeToString(cpu)))
        .isEqualTo(new LoadReport(Map.of("cpu_utilization", 0.5)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "BAD x",
        "cpu_utilization=0.7",
        "TEXT cpu_utilization",
        "TEXT cpu_utilization=\"0.7\"",
        "TEXT cpu_utilization=NaN",
        "TEXT cpu_utilization=Infinity",
        "TEXT cpu_utilization=1f",
        "TEXT cpu_utilization=0.1,cpu_utilization=0.2",
        "TEXT named_metrics.=1",
        "TEXT unheard_of=1",
        "JSON {",
        "JSON {\"eps\": 1} and more",
        "JSON {\"eps\": [1]}",
        "BIN !",
        "BIN CQAA"
      })
  void whatCannotBeReadIsNoReport(String value) {
    assertThat(report(value)).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "rps_fractional=100,application_utilization=0.5                      ;     ; 0 ; 200",
        "rps_fractional=100,cpu_utilization=0.5                              ;     ; 0 ; 200",
        "rps_fractional=100,application_utilization=0.5,cpu_utilization=0.9  ;     ; 0 ; 200",
        // The penalty: 0.5 + 10 / 100 * 2
        "rps_fractional=100,application_utilization=0.5,eps=10               ;     ; 2 ; 142",
        "rps_fractional=100,application_utilization=0.5,eps=10               ;     ; 0 ; 200",
        "rps_fractional=100,eps=10                                           ;     ; 1 ; 1000",
        // Named metrics come first, of which the greatest counts.
        "rps_fractional=10,cpu_utilization=0.5,named_metrics.a=0.2 ; named_metrics.a named_metrics.b ; 0 ; 50",
        "rps_fractional=10,named_metrics.a=0.2,named_metrics.b=0.4 ; named_metrics.*       ; 0 ; 25",
        "rps_fractional=10,mem_utilization=0.5,cpu_utilization=0.1 ; mem_utilization       ; 0 ; 20",
        "rps_fractional=10,application_utilization=0.5             ; named_metrics.absent  ; 0 ; 20",
        // No weight without requests or utilization; 1 at least; 32 bits at most.
        "cpu_utilization=0.5                                       ;     ; 1 ; 0",
        "rps_fractional=100                                        ;     ; 1 ; 0",
        "rps_fractional=0.1,cpu_utilization=0.9                    ;     ; 1 ; 1",
        "rps_fractional=1e12,cpu_utilization=0.1                   ;     ; 1 ; 4294967295"
      })
  void weighs(String report, @Nullable String metrics, double penalty, double expected) {
    ClientSideWeighted policy =
        new ClientSideWeighted(
            Duration.ZERO,
            Duration.ofMinutes(3),
            Duration.ofSeconds(1),
            penalty,
            metrics == null ? List.of() : List.of(metrics.split(" ")));
    LoadReport read = report("TEXT " + report);
    assertThat(read).isNotNull();
    assertThat(read.weight(policy)).isEqualTo(expected);
  }
}
