package dev.weft.config.istio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weft.config.ConfigurationFile;
import dev.weft.config.model.ServicePolicy;
import dev.weft.config.model.ServicePolicy.HealthCheck;
import dev.weft.config.model.ServicePolicy.HttpProbe;
import dev.weft.config.model.ServicePolicy.Statuses;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** ServicePolicies in, records and findings out. The specification is docs/service-policy.md. */
class ServicePolicyReaderTest {

  private static Arguments row(String spec, String... findings) {
    return arguments(spec, List.of(findings));
  }

  static Stream<Arguments> specs() {
    return Stream.of(
        row("host: a, panicThreshold: 0"),
        row("selector: {matchLabels: {app: a}}"),
        row("panicThreshold: 5", "error: spec: must have exactly one of host and selector"),
        row(
            "host: a, selector: {matchLabels: {app: a}}",
            "error: spec: must have exactly one of host and selector"),
        row("host: \"a b\"", "error: spec.host: \"a b\" is not a host name"),
        row(
            "selector: {matchLabels: {app: a}}, hedging: {delay: 1s}",
            "error: spec.hedging: is what callers do: the policy needs a host, not a selector"),
        row("host: a, panic: 5", "error: spec.panic: unknown field"),
        row(
            "host: a, panicThreshold: 101",
            "error: spec.panicThreshold: must be an integer from 0 to 100, is 101"),
        row("host: a, hedging: {}", "error: spec.hedging.delay: is required"),
        row("host: a, hedging: {delay: 0s}", "error: spec.hedging.delay: must be at least 1ms"),
        row("host: a, fallback: {}", "error: spec.fallback.host: is required"),
        row("host: a, fallback: {host: b, subset: v1, port: 80}"),
        row(
            "host: a, fallback: {host: b, port: 0}",
            "error: spec.fallback.port: must be an integer from 1 to 65535, is 0"),
        row("host: a, lastGoodAnswer: {}"),
        row(
            "host: a, lastGoodAnswer: {maxAge: 500ms}",
            "error: spec.lastGoodAnswer.maxAge: must be from 1s to 720h"),
        row(
            "host: a, lastGoodAnswer: {maxBodyBytes: 2000000}",
            "error: spec.lastGoodAnswer.maxBodyBytes: must be an integer from 1 to 1048576, is"
                + " 2000000"),
        row(
            "host: a, healthCheck: {}",
            "error: spec.healthCheck: must have exactly one of http, tcp and grpc"),
        row(
            "host: a, healthCheck: {tcp: {}, grpc: {}}",
            "error: spec.healthCheck: must have exactly one of http, tcp and grpc"),
        row("host: a, healthCheck: {http: {}}", "error: spec.healthCheck.http.path: is required"),
        row(
            "host: a, healthCheck: {http: {path: x}}",
            "error: spec.healthCheck.http.path: must begin with \"/\""),
        row(
            "host: a, healthCheck: {http: {path: /, method: CONNECT}}",
            "error: spec.healthCheck.http.method: \"CONNECT\" is not a method that a check can"
                + " have"),
        row(
            "host: a, healthCheck: {http: {path: /, expectedStatuses: [\"200\", \"299-200\"]}}",
            "error: spec.healthCheck.http.expectedStatuses[1]: \"299-200\" is not a status such as"
                + " \"200\" or a range such as \"200-299\""),
        row(
            "host: a, healthCheck: {http: {path: /, headers: {host: b}}}",
            "error: spec.healthCheck.http.headers: \"host\" is not a header that can be set"),
        row(
            "host: a, healthCheck: {tcp: {}, interval: 0s}",
            "error: spec.healthCheck.interval: must be at least 1ms"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("specs")
  void findingsNameTheField(String spec, List<String> expected) {
    assertThat(file("{" + spec + "}").findings())
        .extracting(
            found ->
                found.severity().name().toLowerCase(java.util.Locale.ROOT)
                    + ": "
                    + found.field()
                    + ": "
                    + found.message())
        .containsExactlyElementsOf(expected);
  }

  @Test
  void aHealthCheckHasDefaults() {
    HealthCheck check = policy("{host: a, healthCheck: {tcp: {}}}").healthCheck();

    assertThat(check)
        .isEqualTo(
            new HealthCheck(
                new ServicePolicy.TcpProbe(),
                Duration.ofSeconds(10),
                Duration.ofSeconds(1),
                3,
                2,
                null));
  }

  @Test
  void statusesAreAloneOrInRanges() {
    assertThat(
            policy(
                    "{host: a, healthCheck: {http: {path: /up, expectedStatuses: [\"204\","
                        + " \"300-399\"]}}}")
                .healthCheck())
        .extracting(HealthCheck::probe)
        .isEqualTo(
            new HttpProbe(
                "/up",
                "",
                "GET",
                Map.of(),
                List.of(new Statuses(204, 204), new Statuses(300, 399))));
  }

  private static ServicePolicy policy(String spec) {
    return (ServicePolicy) file(spec).resources().get(0);
  }

  private static ConfigurationFile file(String spec) {
    return ConfigurationFile.parse(
        "f.yaml",
        "apiVersion: weft.dev/v1alpha1\nkind: ServicePolicy\nmetadata: {name: a}\nspec: " + spec);
  }
}
