package dev.weft.xds;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The trimmed .proto files say what Envoy's own, from the published API jar, say. */
class TrimmedProtosTest {

  /** In Envoy's api/envoy/config/trace/v3/zipkin.proto since 1.36, which no API jar has yet. */
  private static final Map<String, String> NEWER =
      Map.of(
          "envoy.config.trace.v3.ZipkinConfig.TraceContextOption.USE_B3",
          "0",
          "envoy.config.trace.v3.ZipkinConfig.TraceContextOption.USE_B3_WITH_W3C_PROPAGATION",
          "1",
          "envoy.config.trace.v3.ZipkinConfig.trace_context_option",
          "TraceContextOption 8",
          "envoy.config.trace.v3.ZipkinConfig.collector_service",
          "HttpService 9");

  @Test
  void agreeWithEnvoys() throws IOException {
    Map<String, String> envoys = ProtoSource.declarations(Path.of("target", "envoy-protos"));
    Map<String, String> ours =
        ProtoSource.declarations(Path.of("src", "main", "proto-envoy", "envoy"));

    assertThat(ours).as("all of it is read").hasSizeGreaterThan(150);
    assertThat(ours.get("envoy.service.discovery.v3.DeltaDiscoveryRequest.response_nonce"))
        .isEqualTo("string 6");
    envoys.putAll(NEWER);
    assertThat(envoys).containsAllEntriesOf(ours);
  }
}
