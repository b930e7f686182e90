package dev.weft.engine.upstream;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** An endpoint's name in a ring or table: its address and port, in Envoy's form. */
final class HashKey {

  private static final int GROUPS = 8;

  private HashKey() {}

  static String of(InetSocketAddress address) {
    InetAddress ip = address.getAddress();
    String host =
        ip == null
            ? address.getHostString()
            : ip instanceof Inet6Address six
                ? "[" + compressed(six.getAddress()) + "]"
                : ip.getHostAddress();
    return host + ":" + address.getPort();
  }

  /** The form of RFC 5952, as inet_ntop writes it. */
  private static String compressed(byte[] address) {
    int[] groups = new int[GROUPS];
    for (int i = 0; i < GROUPS; i++) {
      groups[i] = (address[2 * i] & 0xff) << 8 | (address[2 * i + 1] & 0xff);
    }
    int start = GROUPS;
    int length = 1;
    for (int i = 0; i < GROUPS; i++) {
      int end = i;
      while (end < GROUPS && groups[end] == 0) {
        end++;
      }
      if (end - i > length) {
        start = i;
        length = end - i;
      }
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < GROUPS; i++) {
      if (i == start) {
        text.append("::");
        i += length - 1;
      } else {
        if (text.length() > 0 && text.charAt(text.length() - 1) != ':') {
          text.append(':');
        }
        text.append(Integer.toHexString(groups[i]));
      }
    }
    return text.toString();
  }
}
