package dev.weft.xds.translation;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.weft.engine.model.Fraction;
import dev.weft.xds.proto.DataSource;
import dev.weft.xds.proto.FractionalPercent;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/** Small values that occur in many places. */
final class Values {

  private static final long LONGEST_SECONDS = 100L * 365 * 24 * 60 * 60;

  private Values() {}

  /** The name behind the last slash of a type URL. */
  static String typeName(Any any) {
    return any.getTypeUrl().substring(any.getTypeUrl().lastIndexOf('/') + 1);
  }

  static <T extends MessageLite> T unpack(Any any, Parser<T> parser, String at, Findings findings)
      throws ResourceRefused {
    try {
      return parser.parseFrom(any.getValue());
    } catch (InvalidProtocolBufferException e) {
      throw findings.refusal(at, "can't be decoded: " + e.getMessage());
    }
  }

  /** At most a century: protobuf's go up to ten thousand years, more than fit into nanoseconds. */
  static Duration duration(com.google.protobuf.Duration duration) {
    long seconds = Math.max(-LONGEST_SECONDS, Math.min(LONGEST_SECONDS, duration.getSeconds()));
    return Duration.ofSeconds(seconds, duration.getNanos());
  }

  static Fraction fraction(FractionalPercent percent) {
    return new Fraction(
        clamped(percent.getNumerator()),
        switch (percent.getDenominator()) {
          case HUNDRED, UNRECOGNIZED -> 100;
          case TEN_THOUSAND -> 10_000;
          case MILLION -> 1_000_000;
        });
  }

  static String text(DataSource source, String at, Findings findings) throws ResourceRefused {
    return switch (source.getSpecifierCase()) {
      case INLINE_STRING -> source.getInlineString();
      case INLINE_BYTES -> source.getInlineBytes().toString(StandardCharsets.UTF_8);
      case FILENAME -> throw findings.refusal(at, "a file is not supported");
      case SPECIFIER_NOT_SET -> {
        findings.refuseUnread(source, at);
        yield "";
      }
    };
  }

  /** The struct's fields that are strings. */
  static Map<String, String> strings(Struct struct) {
    Map<String, String> strings = new TreeMap<>();
    struct
        .getFieldsMap()
        .forEach(
            (name, value) -> {
              if (value.getKindCase() == Value.KindCase.STRING_VALUE) {
                strings.put(name, value.getStringValue());
              }
            });
    return strings;
  }

  /** A uint32 as an int, the largest int if it doesn't fit. */
  static int clamped(int unsigned) {
    return unsigned < 0 ? Integer.MAX_VALUE : unsigned;
  }
}
