package dev.weft.engine;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The PROXY protocol's header, of who connects to whom: what Envoy's upstream_proxy_protocol sends
 * ahead of TLS and of HTTP. Who connects is this process itself, for there is no proxy.
 */
public final class ProxyHeader {

  private static final byte[] SIGNATURE =
      "\r\n\r\n\0\r\nQUIT\n".getBytes(StandardCharsets.US_ASCII);

  /** Version 2, command PROXY. */
  private static final byte VERSION_2_PROXY = 0x21;

  private static final byte TCP_OVER_IP4 = 0x11;
  private static final byte TCP_OVER_IP6 = 0x21;

  private ProxyHeader() {}

  /**
   * @param connected nothing is sent over it yet
   * @param version 1 or 2; 0: nothing is sent
   */
  public static void send(Socket connected, int version) throws IOException {
    if (version != 0) {
      connected
          .getOutputStream()
          .write(
              of(
                  version,
                  connected.getLocalAddress(),
                  connected.getLocalPort(),
                  connected.getInetAddress(),
                  connected.getPort()));
    }
  }

  static byte[] of(
      int version, InetAddress source, int sourcePort, InetAddress target, int targetPort) {
    byte[] from = source.getAddress();
    byte[] to = target.getAddress();
    boolean ip4 = from.length == 4;
    if (version == 1) {
      return "PROXY %s %s %s %d %d\r\n"
          .formatted(ip4 ? "TCP4" : "TCP6", text(source), text(target), sourcePort, targetPort)
          .getBytes(StandardCharsets.US_ASCII);
    }
    int addresses = from.length + to.length + 2 * Short.BYTES;
    return ByteBuffer.allocate(SIGNATURE.length + 2 + Short.BYTES + addresses)
        .put(SIGNATURE)
        .put(VERSION_2_PROXY)
        .put(ip4 ? TCP_OVER_IP4 : TCP_OVER_IP6)
        .putShort((short) addresses)
        .put(from)
        .put(to)
        .putShort((short) sourcePort)
        .putShort((short) targetPort)
        .array();
  }

  /** Without the name of an interface. */
  private static String text(InetAddress address) {
    String text = address.getHostAddress();
    int scope = text.indexOf('%');
    return scope < 0 ? text : text.substring(0, scope);
  }
}
