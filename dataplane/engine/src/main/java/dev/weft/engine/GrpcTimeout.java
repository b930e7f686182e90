package dev.weft.engine;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The {@code grpc-timeout} header: up to eight digits and a unit (gRPC over HTTP/2). */
public final class GrpcTimeout {

  private static final int MAX_DIGITS = 8;
  private static final long MAX_VALUE = 99_999_999;

  private GrpcTimeout() {}

  /**
   * @return 0 if there is none, or none that is understood
   */
  public static long nanos(@Nullable String text) {
    if (text == null || text.length() < 2 || text.length() > MAX_DIGITS + 1) {
      return 0;
    }
    long value = 0;
    for (int i = 0; i < text.length() - 1; i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return 0;
      }
      value = value * 10 + digit;
    }
    return switch (text.charAt(text.length() - 1)) {
      case 'n' -> value;
      case 'u' -> value * 1_000;
      case 'm' -> value * 1_000_000;
      case 'S' -> value * 1_000_000_000;
      case 'M' -> TimeUnit.MINUTES.toNanos(value);
      case 'H' -> TimeUnit.HOURS.toNanos(value); // the longest there is, where it is longer
      default -> 0;
    };
  }

  public static String ofMillis(long millis) {
    if (millis <= MAX_VALUE) {
      return millis + "m";
    }
    long seconds = millis / 1000;
    return seconds <= MAX_VALUE ? seconds + "S" : Math.min(seconds / 60, MAX_VALUE) + "M";
  }
}
