package dev.weft.config.model;

import com.google.common.net.InetAddresses;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;

/** Finds things by the CIDR ranges that hold an address, the longest prefix first. */
final class AddressRanges<T> {

  private record Range<T>(InetAddress from, int length, T value) {

    boolean contains(byte[] address) {
      byte[] prefix = from.getAddress();
      if (address.length != prefix.length) {
        return false;
      }
      for (int bit = 0; bit < length; bit++) {
        int mask = 0x80 >>> (bit % 8);
        if ((address[bit / 8] & mask) != (prefix[bit / 8] & mask)) {
          return false;
        }
      }
      return true;
    }
  }

  private final List<Range<T>> ranges = new ArrayList<>();

  /**
   * Adds something; what comes first is found first.
   *
   * @param range {@code address/length}, as was checked before
   */
  void add(String range, T value) {
    int slash = range.indexOf('/');
    InetAddress prefix = InetAddresses.forString(range.substring(0, slash));
    int length = Integer.parseInt(range.substring(slash + 1));
    ranges.add(new Range<>(prefix, length, value));
    ranges.sort(Comparator.comparingInt((Range<T> it) -> it.length).reversed());
  }

  /** Everything wanted under the longest prefix that has any; nothing if it is no address. */
  List<T> find(String address, Predicate<T> wanted) {
    if (ranges.isEmpty() || !InetAddresses.isInetAddress(address)) {
      return List.of();
    }
    byte[] bytes = InetAddresses.forString(address).getAddress();
    List<Range<T>> holding =
        ranges.stream().filter(it -> it.contains(bytes) && wanted.test(it.value)).toList();
    return holding.stream()
        .filter(it -> it.length == holding.get(0).length)
        .map(Range::value)
        .toList();
  }
}
