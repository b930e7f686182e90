package dev.weft.controlserver;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Durations as Kubernetes and Istio write them, with days too: {@code 30s}, {@code 1h30m}, {@code
 * 7d}.
 */
final class DurationConverter implements ITypeConverter<Duration> {
  private static final Pattern PART = Pattern.compile("\\G(\\d+)([smhd])");

  @Override
  public Duration convert(String text) {
    Duration sum = Duration.ZERO;
    int end = 0;
    Matcher part = PART.matcher(text);
    while (part.find()) {
      long amount = Long.parseLong(part.group(1));
      sum =
          sum.plus(
              switch (part.group(2)) {
                case "s" -> Duration.ofSeconds(amount);
                case "m" -> Duration.ofMinutes(amount);
                case "h" -> Duration.ofHours(amount);
                default -> Duration.ofDays(amount);
              });
      end = part.end();
    }
    if (end != text.length() || sum.isZero()) {
      throw new TypeConversionException(
          "\"%s\" is not a duration, such as 30s, 90m, 24h or 7d".formatted(text));
    }
    return sum;
  }
}
