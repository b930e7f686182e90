package dev.weft.engine;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A set of {@link ResponseFlag}s. Of equal sets there is one instance, with its text made once. */
public final class ResponseFlags {

  private static final ResponseFlag[] ALL = ResponseFlag.values();
  private static final ConcurrentMap<Integer, ResponseFlags> MADE = new ConcurrentHashMap<>();

  /** No flag. */
  public static final ResponseFlags NONE = of(0);

  private final int bits;
  private final String code;
  private final String longNames;

  private ResponseFlags(int bits) {
    this.bits = bits;
    code = joined(ResponseFlag::code);
    longNames = joined(ResponseFlag::longName);
  }

  private static ResponseFlags of(int bits) {
    return MADE.computeIfAbsent(bits, ResponseFlags::new);
  }

  private String joined(Function<ResponseFlag, String> name) {
    StringBuilder text = new StringBuilder();
    for (ResponseFlag flag : ALL) {
      if (has(flag)) {
        text.append(text.isEmpty() ? "" : ",").append(name.apply(flag));
      }
    }
    return text.isEmpty() ? "-" : text.toString();
  }

  @SuppressWarnings("EnumOrdinal") // their order is the point
  private static int bit(ResponseFlag flag) {
    return flag == ResponseFlag.NONE ? 0 : 1 << flag.ordinal();
  }

  /** With one flag more. */
  public ResponseFlags and(ResponseFlag flag) {
    int both = bits | bit(flag);
    return both == bits ? this : of(both);
  }

  public boolean has(ResponseFlag flag) {
    return (bits & bit(flag)) != 0;
  }

  /** As {@code %RESPONSE_FLAGS%}: joined by commas in Envoy's order, "-" for none. */
  public String code() {
    return code;
  }

  /** As {@code %RESPONSE_FLAGS_LONG%}. */
  public String longNames() {
    return longNames;
  }

  /**
   * Envoy's {@code response.flags} attribute: a bit for each flag, the first of the list being 1.
   */
  public long attribute() {
    return Integer.toUnsignedLong(bits) >> 1;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ResponseFlags flags && flags.bits == bits;
  }

  @Override
  public int hashCode() {
    return bits;
  }

  @Override
  public String toString() {
    return code;
  }
}
