package dev.weft.config.model;

import com.google.common.net.InetAddresses;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;

/** Finds things by the CIDR ranges that hold an address, the longest prefix first. */
final class AddressRanges<T> {

  /**
   * @param bits of the addresses' version, 32 or 128
   * @param length of the prefix, bits
   */
  private record Range<T>(int bits, BigInteger prefix, int length, T value) {

    boolean contains(int bitsOfAddress, BigInteger address) {
      return bits == bitsOfAddress && prefix.xor(address).shiftRight(bits - length).signum() == 0;
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
    String prefix = range.substring(0, slash);
    int length = Integer.parseInt(range.substring(slash + 1));
    ranges.add(new Range<>(bits(prefix), number(prefix), length, value));
    ranges.sort(Comparator.comparingInt((Range<T> it) -> it.length).reversed());
  }

  /** Everything wanted under the longest prefix that has any; nothing if it is no address. */
  List<T> find(String address, Predicate<T> wanted) {
    if (ranges.isEmpty() || !InetAddresses.isInetAddress(address)) {
      return List.of();
    }
    int bits = bits(address);
    BigInteger number = number(address);
    List<Range<T>> holding =
        ranges.stream().filter(it -> it.contains(bits, number) && wanted.test(it.value)).toList();
    return holding.stream()
        .filter(it -> it.length == holding.get(0).length)
        .map(Range::value)
        .toList();
  }

  private static int bits(String address) {
    return address.indexOf(':') < 0 ? 32 : 128;
  }

  private static BigInteger number(String address) {
    return InetAddresses.toBigInteger(InetAddresses.forString(address));
  }
}
