package dev.weft.engine.format;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Times by Envoy's formats: those of strftime, {@code %s} for seconds since 1970, and {@code %f},
 * {@code %3f} or {@code %E3S} for fractions.
 */
public final class TimeFormat {

  private static final String DEFAULT = "%Y-%m-%dT%H:%M:%E3SZ";

  private final DateTimeFormatter formatter;
  private final ZoneId zone;

  private TimeFormat(String format, ZoneId zone) {
    this.zone = zone;
    formatter = compile(format);
  }

  public static TimeFormat utc(@Nullable String format) {
    return new TimeFormat(format == null || format.isEmpty() ? DEFAULT : format, ZoneOffset.UTC);
  }

  public static TimeFormat local(@Nullable String format) {
    return new TimeFormat(
        format == null || format.isEmpty() ? DEFAULT : format, ZoneId.systemDefault());
  }

  public String of(long epochMillis) {
    return formatter.format(ZonedDateTime.ofInstant(Instant.ofEpochMilli(epochMillis), zone));
  }

  private static DateTimeFormatter compile(String format) {
    DateTimeFormatterBuilder builder = new DateTimeFormatterBuilder();
    int i = 0;
    while (i < format.length()) {
      char c = format.charAt(i++);
      if (c != '%' || i == format.length()) {
        builder.appendLiteral(c);
        continue;
      }
      char directive = format.charAt(i++);
      if (directive >= '1' && directive <= '9' && i < format.length() && format.charAt(i) == 'f') {
        fraction(builder, directive - '0');
        i++;
      } else if (directive == 'E' && format.startsWith("S", i + 1)) {
        builder.appendValue(ChronoField.SECOND_OF_MINUTE, 2).appendLiteral('.');
        char digits = format.charAt(i);
        fraction(builder, Character.isDigit(digits) ? digits - '0' : 9);
        i += 2;
      } else {
        directive(builder, directive);
      }
    }
    return builder.toFormatter(Locale.ROOT);
  }

  private static void fraction(DateTimeFormatterBuilder builder, int digits) {
    builder.appendFraction(ChronoField.NANO_OF_SECOND, digits, digits, false);
  }

  private static void directive(DateTimeFormatterBuilder builder, char directive) {
    switch (directive) {
      case 'Y' -> builder.appendPattern("uuuu");
      case 'y' -> builder.appendPattern("uu");
      case 'm' -> builder.appendPattern("MM");
      case 'd' -> builder.appendPattern("dd");
      case 'e' -> builder.padNext(2).appendValue(ChronoField.DAY_OF_MONTH);
      case 'H' -> builder.appendPattern("HH");
      case 'I' -> builder.appendPattern("hh");
      case 'p' -> builder.appendPattern("a");
      case 'M' -> builder.appendPattern("mm");
      case 'S' -> builder.appendPattern("ss");
      case 'j' -> builder.appendPattern("DDD");
      case 'b', 'h' -> builder.appendPattern("MMM");
      case 'B' -> builder.appendPattern("MMMM");
      case 'a' -> builder.appendPattern("EEE");
      case 'A' -> builder.appendPattern("EEEE");
      case 'F' -> builder.appendPattern("uuuu-MM-dd");
      case 'T' -> builder.appendPattern("HH:mm:ss");
      case 'D' -> builder.appendPattern("MM/dd/uu");
      case 'R' -> builder.appendPattern("HH:mm");
      case 'z' -> builder.appendPattern("xx");
      case 'Z' -> builder.appendPattern("zzz");
      case 's' -> builder.appendValue(ChronoField.INSTANT_SECONDS);
      case 'f' -> fraction(builder, 9);
      case 'n' -> builder.appendLiteral('\n');
      case 't' -> builder.appendLiteral('\t');
      case '%' -> builder.appendLiteral('%');
      default -> builder.appendLiteral("%" + directive);
    }
  }
}
