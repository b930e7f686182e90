package dev.weft.xds;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ControlServerTest {

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1:15010", "[::1]:15010", "localhost:15010"})
  void theLoopbackAddressMayDoWithoutTls(String address) {
    assertThatCode(() -> new ControlServer(address, null, TokenSource.NONE))
        .doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.1:15010", "weft.weft-system.svc:15012", "localhost.evil.io:1"})
  void noOtherAddressMay(String address) {
    assertThatThrownBy(() -> new ControlServer(address, null, TokenSource.NONE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("plaintext");
    assertThatCode(
            () ->
                new ControlServer(
                    address, (SSLSocketFactory) SSLSocketFactory.getDefault(), TokenSource.NONE))
        .doesNotThrowAnyException();
  }

  @Test
  void anAddressNeedsAPort() {
    assertThatThrownBy(() -> new ControlServer("localhost", null, TokenSource.NONE))
        .hasMessageContaining("no port");
  }
}
