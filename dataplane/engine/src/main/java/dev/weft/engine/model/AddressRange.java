package dev.weft.engine.model;

import java.net.InetAddress;

/**
 * Envoy's CidrRange.
 *
 * @param prefixLength bits that count, of 32 or 128
 */
public record AddressRange(InetAddress prefix, int prefixLength) {

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
