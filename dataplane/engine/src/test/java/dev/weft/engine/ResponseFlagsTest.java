package dev.weft.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Envoy's access log documentation, %RESPONSE_FLAGS%, and stream_info's CoreResponseFlag. */
class ResponseFlagsTest {

  @Test
  void severalAreJoinedInEnvoysOrder() {
    ResponseFlags flags =
        ResponseFlags.NONE
            .and(ResponseFlag.UPSTREAM_RETRY_LIMIT_EXCEEDED)
            .and(ResponseFlag.UPSTREAM_CONNECTION_FAILURE)
            .and(ResponseFlag.NONE);
    assertThat(flags.code()).isEqualTo("UF,URX");
    assertThat(flags.longNames()).isEqualTo("UpstreamConnectionFailure,UpstreamRetryLimitExceeded");
    assertThat(ResponseFlags.NONE.code()).isEqualTo("-");
  }

  @Test
  void equalSetsAreOne() {
    ResponseFlags a =
        ResponseFlags.NONE.and(ResponseFlag.NO_ROUTE).and(ResponseFlag.DELAY_INJECTED);
    ResponseFlags b =
        ResponseFlags.NONE.and(ResponseFlag.DELAY_INJECTED).and(ResponseFlag.NO_ROUTE);
    assertThat(a).isSameAs(b).isEqualTo(b);
  }

  /** CEL's response.flags has LH as its lowest bit. */
  @Test
  void theAttributeIsABitForEach() {
    assertThat(ResponseFlags.NONE.and(ResponseFlag.FAILED_LOCAL_HEALTH_CHECK).attribute())
        .isEqualTo(1);
    assertThat(ResponseFlags.NONE.and(ResponseFlag.NO_ROUTE).attribute()).isEqualTo(1 << 8);
  }
}
