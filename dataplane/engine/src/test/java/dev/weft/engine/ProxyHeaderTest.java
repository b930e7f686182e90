package dev.weft.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** The PROXY protocol, sections 2.1 and 2.2 of its specification. */
class ProxyHeaderTest {

  private static byte[] header(int version, String source, String target) throws Exception {
    return ProxyHeader.of(
        version, InetAddress.getByName(source), 40_000, InetAddress.getByName(target), 80);
  }

  @Test
  void versionOneIsALine() throws Exception {
    assertThat(new String(header(1, "10.0.0.1", "10.0.0.2"), US_ASCII))
        .isEqualTo("PROXY TCP4 10.0.0.1 10.0.0.2 40000 80\r\n");
    assertThat(new String(header(1, "fd00::1", "fd00::2"), US_ASCII))
        .isEqualTo("PROXY TCP6 fd00:0:0:0:0:0:0:1 fd00:0:0:0:0:0:0:2 40000 80\r\n");
  }

  @Test
  void versionTwoIsBinary() throws Exception {
    String signature = "0d0a0d0a000d0a515549540a";
    assertThat(HexFormat.of().formatHex(header(2, "10.0.0.1", "10.0.0.2")))
        .isEqualTo(signature + "2111000c" + "0a000001" + "0a000002" + "9c40" + "0050");
    assertThat(HexFormat.of().formatHex(header(2, "fd00::1", "fd00::2")))
        .isEqualTo(
            signature
                + "21210024"
                + "fd000000000000000000000000000001"
                + "fd000000000000000000000000000002"
                + "9c40"
                + "0050");
  }
}
