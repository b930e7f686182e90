package dev.weft.config.istio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weft.config.ConfigurationFile;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Istio's ProxyConfig, the kind and MeshConfig's defaultConfig: what of it an agent hasn't. */
class ProxyConfigsTest {

  private static final String KIND =
      "apiVersion: networking.istio.io/v1beta1\nkind: ProxyConfig\nmetadata: {name: p}\nspec: ";
  private static final String DEFAULT =
      "apiVersion: mesh.istio.io/v1alpha1\nkind: MeshConfig\nmetadata: {name: m}\n"
          + "spec:\n  defaultConfig: ";

  static Stream<Arguments> documents() {
    return Stream.of(
        arguments(
            KIND
                + "{selector: {matchLabels: {a: b}}, concurrency: 2, image: {imageType: x},"
                + " environmentVariables: {A: b}}",
            List.of(
                "spec.environmentVariables: has no effect: it is a proxy's environment;",
                "spec.concurrency: has no effect: an agent has no workers",
                "spec.image: has no effect: there is no proxy's image")),
        arguments(KIND + "{concurrencyy: 2}", List.of("spec.concurrencyy: unknown field")),
        arguments(
            DEFAULT
                + "{discoveryAddress: istiod:15012, proxyMetadata: {}, proxyHeaders:"
                + " {metadataExchangeHeaders: {mode: IN_MESH}, envoyDebugHeaders: {disabled: true}}}",
            List.of()),
        arguments(
            DEFAULT + "{proxyMetadata: {A: b}, concurrency: 2, statusPort: 1}",
            List.of(
                "spec.defaultConfig.proxyMetadata: has no effect: it is a proxy's environment",
                "spec.defaultConfig.concurrency: has no effect",
                "spec.defaultConfig.statusPort: has no effect: readiness and metrics are at")),
        arguments(
            DEFAULT + "{extraStatTags: [a], proxyStatsMatcher: {inclusionPrefixes: [a]}}",
            List.of(
                "spec.defaultConfig.extraStatTags: has no effect: a label that Telemetry's",
                "spec.defaultConfig.proxyStatsMatcher: has no effect: an agent always shows")),
        arguments(
            DEFAULT
                + "{proxyHeaders: {requestId: {disabled: true}, attemptCount: {disabled: true},"
                + " server: {value: x}}}",
            List.of(
                "spec.defaultConfig.proxyHeaders.attemptCount: has no effect",
                "spec.defaultConfig.proxyHeaders.requestId: has no effect",
                "spec.defaultConfig.proxyHeaders.server: has no effect: the agent sets no header")),
        arguments(
            DEFAULT + "{tracing: {sampling: 1, zipkin: {address: 'z:9411'}, tlsSettings: {}}}",
            List.of(
                "spec.defaultConfig.tracing.zipkin: has no effect: spans go where a provider says",
                "spec.defaultConfig.tracing.tlsSettings: has no effect: how a provider's service")));
  }

  @ParameterizedTest
  @MethodSource("documents")
  void whatHasNoEffectIsSaid(String document, List<String> expected) {
    assertThat(ConfigurationFile.parse("f.yaml", document).findings())
        .extracting(finding -> finding.field() + ": " + finding.message())
        .hasSameSizeAs(expected)
        .satisfies(
            found -> {
              for (int i = 0; i < expected.size(); i++) {
                assertThat(found.get(i)).startsWith(expected.get(i));
              }
            });
  }
}
