package dev.weft.config.istio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weft.config.ConfigurationFile;
import dev.weft.config.model.ServicePolicy;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A ServicePolicy's rateLimits and adaptiveConcurrency: docs/rate-limits.md. */
class RateLimitReaderTest {

  private static final String GLOBAL =
      "global: {service: rl.infra.svc.cluster.local, port: 8081, domain: d}";

  private static ConfigurationFile file(String spec) {
    return ConfigurationFile.parse(
        "p.yaml",
        """
        apiVersion: weft.dev/v1alpha1
        kind: ServicePolicy
        metadata: {name: p, namespace: shop}
        spec: {selector: {matchLabels: {app: a}}, %s}
        """
            .formatted(spec));
  }

  private static Arguments row(String spec, String... findings) {
    return arguments(spec, List.of(findings));
  }

  private static Arguments limit(String spec, String... findings) {
    return row("rateLimits: [{" + spec + "}]", findings);
  }

  static Stream<Arguments> specs() {
    return Stream.of(
        limit("per: [{header: a}], local: {requests: 5, interval: 1s, burst: 9, maxBuckets: 7}"),
        limit(
            "local: {requests: 5, maxBuckets: 7}",
            "warning: spec.rateLimits[0].local.maxBuckets: has no effect: without match and per"
                + " there is one bucket"),
        limit(GLOBAL),
        limit(
            "name: by-user, match: {methods: [GET], paths: [\"/a*\", \"*.html\"],"
                + " headers: {x-plan: {exact: free}}}, per: [{header: x-user, key: u},"
                + " {queryParameter: q}, {sourceAddress: true}, {sourcePrincipal: true},"
                + " {value: v}], status: 503, responseHeaders: {x-a: b},"
                + " grpcStatus: RESOURCE_EXHAUSTED, limitHeaders: true, local: {requests: 1}"),
        limit(
            "per: [{header: a}]",
            "error: spec.rateLimits[0]: must have exactly one of local and global"),
        limit(
            "local: {requests: 1}, " + GLOBAL,
            "error: spec.rateLimits[0]: must have exactly one of local and global"),
        limit("local: {}", "error: spec.rateLimits[0].local.requests: is required"),
        limit(
            "local: {requests: 1, interval: 10ms}",
            "error: spec.rateLimits[0].local.interval: must be at least 50ms"),
        limit(
            "name: \"a b\", local: {requests: 1}",
            "error: spec.rateLimits[0].name: \"a b\" is not a valid name"),
        limit(
            "per: [{header: a, sourceAddress: true}], local: {requests: 1}",
            "error: spec.rateLimits[0].per[0]: must have exactly one of header, queryParameter,"
                + " sourceAddress, sourcePrincipal and value"),
        limit(
            "match: {paths: [\"/a*b\"]}, local: {requests: 1}",
            "error: spec.rateLimits[0].match.paths[0]: may have one * only, at its start or its"
                + " end"),
        limit(
            "status: 200, local: {requests: 1}",
            "error: spec.rateLimits[0].status: must be an integer from 400 to 599, is 200"),
        limit(
            "status: 529, local: {requests: 1}",
            "error: spec.rateLimits[0].status: 529 is no status of HTTP's"),
        limit(
            "global: {service: rl, port: 8081}",
            "error: spec.rateLimits[0].global.domain: is required"),
        limit(
            "global: {service: rl, domain: d}",
            "error: spec.rateLimits[0].global.port: is required"),
        limit(
            "global: {service: rl, port: 1, domain: d, failureMode: ajar}",
            "error: spec.rateLimits[0].global.failureMode: must be one of [OPEN, CLOSED], is ajar"),
        limit(
            "local: {rate: 1, requests: 1}", "error: spec.rateLimits[0].local.rate: unknown field"),
        row("adaptiveConcurrency: {}"),
        row(
            "adaptiveConcurrency: {minConcurrency: 2, maxConcurrency: 50, percentile: 90,"
                + " updateInterval: 1s, status: 429,"
                + " minRtt: {interval: 30s, requests: 20, jitter: 10, buffer: 50}}"),
        row(
            "adaptiveConcurrency: {minConcurrency: 9, maxConcurrency: 5}",
            "error: spec.adaptiveConcurrency.minConcurrency: must not be above maxConcurrency"),
        row(
            "adaptiveConcurrency: {minRtt: {fixed: 5ms, requests: 5}}",
            "error: spec.adaptiveConcurrency.minRtt.requests: has no meaning with fixed"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("specs")
  void findingsNameTheField(String spec, List<String> expected) {
    assertThat(file(spec).findings())
        .extracting(
            found ->
                found.severity().name().toLowerCase(Locale.ROOT)
                    + ": "
                    + found.field()
                    + ": "
                    + found.message())
        .containsExactlyElementsOf(expected);
  }

  @Test
  void callersKnowNoIdentity() {
    ConfigurationFile file =
        ConfigurationFile.parse(
            "p.yaml",
            """
            apiVersion: weft.dev/v1alpha1
            kind: ServicePolicy
            metadata: {name: p, namespace: shop}
            spec:
              host: a
              rateLimits: [{per: [{sourcePrincipal: true}], local: {requests: 1}}]
            """);
    assertThat(file.findings())
        .extracting(finding -> finding.message())
        .containsExactly("is what servers know: the policy needs a selector");
  }

  @Test
  void manyLimitsHaveNamesOfTheirOwn() {
    ServicePolicy policy =
        (ServicePolicy)
            file("rateLimits: [{local: {requests: 1}}, {name: b, local: {requests: 1}}]")
                .resources()
                .get(0);
    assertThat(policy.rateLimits())
        .extracting(limit -> limit.name())
        .containsExactly("shop/p/0", "shop/p/b");
  }
}
