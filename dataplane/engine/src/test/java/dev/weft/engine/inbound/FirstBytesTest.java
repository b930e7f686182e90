package dev.weft.engine.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class FirstBytesTest {

  /** What the JDK's own client sends first. */
  private static byte[] clientHello(String protocol, String... applicationProtocols)
      throws GeneralSecurityException, SSLException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, null, null);
    SSLEngine engine = context.createSSLEngine("catalog.shop", 8080);
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setProtocols(new String[] {protocol});
    parameters.setApplicationProtocols(applicationProtocols);
    engine.setSSLParameters(parameters);
    ByteBuffer out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    engine.wrap(ByteBuffer.allocate(0), out);
    return Arrays.copyOf(out.array(), out.position());
  }

  static Stream<Arguments> hellos() throws GeneralSecurityException, SSLException {
    return Stream.of(
        Arguments.of(clientHello("TLSv1.3", "istio-http/1.1", "istio"), FirstBytes.MESH_TLS),
        Arguments.of(clientHello("TLSv1.2", "istio-h2"), FirstBytes.MESH_TLS),
        Arguments.of(clientHello("TLSv1.3", "h2", "istio"), FirstBytes.MESH_TLS),
        Arguments.of(clientHello("TLSv1.3", "h2", "http/1.1"), FirstBytes.OTHER_TLS),
        Arguments.of(clientHello("TLSv1.3", "istio-http/1.1-not"), FirstBytes.OTHER_TLS),
        Arguments.of(clientHello("TLSv1.3"), FirstBytes.OTHER_TLS),
        Arguments.of(clientHello("TLSv1.2"), FirstBytes.OTHER_TLS));
  }

  @ParameterizedTest
  @MethodSource("hellos")
  void knowsAClientHelloWhenItIsWholeAndNotBefore(byte[] hello, FirstBytes expected) {
    for (int length = 0; length < hello.length; length++) {
      assertThat(FirstBytes.of(ByteBuffer.wrap(hello, 0, length)))
          .as("%d of %d bytes", length, hello.length)
          .isEqualTo(FirstBytes.INCOMPLETE);
    }
    assertThat(FirstBytes.of(ByteBuffer.wrap(hello))).isEqualTo(expected);
  }

  @ParameterizedTest
  @MethodSource("hellos")
  void knowsAClientHelloCutIntoRecordsAnywhere(byte[] hello, FirstBytes expected) {
    byte[] handshake = Arrays.copyOfRange(hello, 5, hello.length);
    for (int cut = 1; cut < handshake.length; cut++) {
      ByteBuffer records = ByteBuffer.allocate(hello.length + 5);
      record(records, hello, handshake, 0, cut);
      record(records, hello, handshake, cut, handshake.length);
      assertThat(FirstBytes.of(records.flip())).as("cut at %d", cut).isEqualTo(expected);
    }
  }

  private static void record(ByteBuffer to, byte[] hello, byte[] handshake, int from, int until) {
    to.put(hello, 0, 3).putShort((short) (until - from)).put(handshake, from, until - from);
  }

  @ParameterizedTest
  @MethodSource("hellos")
  void leavesTheBufferAsItWas(byte[] hello, FirstBytes expected) {
    ByteBuffer padded = ByteBuffer.allocateDirect(hello.length + 20).position(7);
    padded.put(hello).limit(7 + hello.length).position(7);
    assertThat(FirstBytes.of(padded)).isEqualTo(expected);
    assertThat(padded.position()).isEqualTo(7);
    assertThat(padded.limit()).isEqualTo(7 + hello.length);
  }

  @ParameterizedTest
  @MethodSource("hellos")
  void ignoresWhatFollows(byte[] hello, FirstBytes expected) {
    byte[] more = Arrays.copyOf(hello, hello.length + 6);
    System.arraycopy(new byte[] {20, 3, 3, 0, 1, 1}, 0, more, hello.length, 6);
    assertThat(FirstBytes.of(ByteBuffer.wrap(more))).isEqualTo(expected);
    byte[] much = Arrays.copyOf(more, 2 * FirstBytes.LIMIT);
    assertThat(FirstBytes.of(ByteBuffer.wrap(much))).as("early data").isEqualTo(expected);
  }

  @Test
  void aClientHelloThatIsBrokenOffIsNone() throws GeneralSecurityException, SSLException {
    byte[] hello = clientHello("TLSv1.3", "istio");
    ByteBuffer records = ByteBuffer.allocate(hello.length + 5);
    record(records, hello, Arrays.copyOfRange(hello, 5, hello.length), 0, 20);
    records.put(new byte[] {20, 3, 3, 0, 1, 1});
    assertThat(FirstBytes.of(records.flip())).isEqualTo(FirstBytes.OTHER_TLS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET / HTTP/1.1\r\n", "P", "PRI * HTTP/2.0", "\n", "\u0016GET", "\u0000"})
  void takesAnythingElseForPlaintext(String text) {
    assertThat(FirstBytes.of(ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1))))
        .isEqualTo(FirstBytes.PLAINTEXT);
  }

  @Test
  void needsAByte() {
    assertThat(FirstBytes.of(ByteBuffer.allocate(0))).isEqualTo(FirstBytes.INCOMPLETE);
  }

  @ParameterizedTest
  @MethodSource("hellos")
  void survivesDamage(byte[] hello, FirstBytes expected) {
    Random random = new Random(7);
    for (int i = 0; i < 20_000; i++) {
      byte[] damaged = Arrays.copyOf(hello, 1 + random.nextInt(hello.length));
      for (int j = random.nextInt(4); j >= 0; j--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      }
      assertThat(FirstBytes.of(ByteBuffer.wrap(damaged))).isNotNull();
    }
  }

  @Test
  void survivesGarbageThatBeginsLikeTls() {
    Random random = new Random(7);
    for (int i = 0; i < 50_000; i++) {
      byte[] garbage = new byte[2 + random.nextInt(300)];
      random.nextBytes(garbage);
      garbage[0] = 0x16;
      garbage[1] = 3;
      assertThat(FirstBytes.of(ByteBuffer.wrap(garbage)))
          .isNotIn(FirstBytes.PLAINTEXT, FirstBytes.MESH_TLS);
    }
  }

  /** Nobody can make a guard collect bytes without end. */
  @Test
  void givesUpOnAClientHelloWithoutEnd() {
    ByteBuffer endless = ByteBuffer.allocate(FirstBytes.LIMIT + 1000);
    endless.put((byte) 0x16).put((byte) 3).put((byte) 1).putShort((short) 0x4000);
    endless.put((byte) 1).put((byte) 0).putShort((short) 0x7ff0);
    assertThat(FirstBytes.of(endless.duplicate().flip())).isEqualTo(FirstBytes.INCOMPLETE);
    assertThat(FirstBytes.of(endless.duplicate().position(0))).isEqualTo(FirstBytes.OTHER_TLS);
    ByteBuffer tooLong = ByteBuffer.allocate(9);
    tooLong.put(new byte[] {0x16, 3, 1, 0x40, 0, 1, (byte) 0xff, (byte) 0xff, (byte) 0xff});
    assertThat(FirstBytes.of(tooLong.flip())).isEqualTo(FirstBytes.OTHER_TLS);
  }
}
