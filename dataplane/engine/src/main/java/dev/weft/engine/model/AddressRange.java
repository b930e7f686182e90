package dev.weft.engine.model;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * Envoy's CidrRange.
 *
 * @param prefixLength bits that count, of 32 or 128
 */
public record AddressRange(InetAddress prefix, int prefixLength) {

  /**
   * Reads {@code address/length}.
   *
   * @return null if the text isn't a range
   */
  public static @Nullable AddressRange parse(String text) {
    int slash = text.indexOf('/');
    InetAddress prefix = slash < 0 ? null : IpLiteral.parse(text.substring(0, slash));
    if (prefix == null || !text.substring(slash + 1).matches("[0-9]{1,3}")) {
      return null;
    }
    int length = Integer.parseInt(text.substring(slash + 1));
    return length > prefix.getAddress().length * 8 ? null : new AddressRange(prefix, length);
  }

  /** Whether an address is of the same version and begins alike. */
  public boolean contains(InetAddress address) {
    byte[] wanted = prefix.getAddress();
    byte[] given = address.getAddress();
    if (wanted.length != given.length) {
      return false;
    }
    int whole = prefixLength / 8;
    for (int i = 0; i < whole; i++) {
      if (wanted[i] != given[i]) {
        return false;
      }
    }
    int rest = prefixLength % 8;
    return rest == 0 || ((wanted[whole] ^ given[whole]) & 0xff) >>> (8 - rest) == 0;
  }
}
