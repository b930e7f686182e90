package dev.weft.xds;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The trimmed .proto files say what Envoy's own, from the published API jar, say. */
class TrimmedProtosTest {

  @Test
  void agreeWithEnvoys() throws IOException {
    Map<String, String> envoys = ProtoSource.declarations(Path.of("target", "envoy-protos"));
    Map<String, String> ours =
        ProtoSource.declarations(Path.of("src", "main", "proto-envoy", "envoy"));

    assertThat(ours).as("all of it is read").hasSizeGreaterThan(150);
    assertThat(ours.get("envoy.service.discovery.v3.DeltaDiscoveryRequest.response_nonce"))
        .isEqualTo("string 6");
    assertThat(envoys).containsAllEntriesOf(ours);
  }
}
