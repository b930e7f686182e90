package dev.weft.telemetry;

import dev.weft.engine.HeaderSource;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * {@code x-request-id}, as Envoy makes and keeps it within a mesh: one that a request has stays,
 * one that has none gets one. It is to be told apart, not to be kept secret.
 */
final class RequestIds {

  static final String HEADER = "x-request-id";

  private static final char[] DIGITS = "0123456789abcdef".toCharArray();

  private static final int LENGTH = 36;

  /** Where Envoy's UUIDs say why their trace is recorded; it is 4 if it isn't. */
  private static final int REASON = 14;

  private static final char SAMPLED = '9';

  /** Chosen, forced by the server's side, forced by the client's. */
  private static final String REASONS = "9ab";

  private RequestIds() {}

  /** Whether somebody has chosen already to record the trace of the request with this ID. */
  static boolean isTraced(String id) {
    return id.length() == LENGTH && REASONS.indexOf(id.charAt(REASON)) >= 0;
  }

  /** The ID saying that its trace is recorded, if it can say it. */
  static String traced(String id) {
    return id.length() != LENGTH || isTraced(id)
        ? id
        : id.substring(0, REASON) + SAMPLED + id.substring(REASON + 1);
  }

  /** The number by which Envoy samples; -1 if the ID has none. */
  static long number(String id) {
    long number = 0;
    for (int i = 0; i < 8; i++) {
      int digit = i < id.length() ? Character.digit(id.charAt(i), 16) : -1;
      if (digit < 0) {
        return -1;
      }
      number = number << 4 | digit;
    }
    return number;
  }

  /** The request's own; null if it has none. */
  static @Nullable String of(HeaderSource request) {
    String id = request.header(HEADER);
    return id == null || id.isEmpty() ? null : id;
  }

  /** A random UUID (RFC 9562, version 4). */
  static String random() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    long high = (random.nextLong() & ~0xf000L) | 0x4000L;
    long low = (random.nextLong() & 0x3fffffffffffffffL) | 0x8000000000000000L;
    char[] text = new char[36];
    int at = 0;
    for (int digit = 0; digit < 32; digit++) {
      if (digit == 8 || digit == 12 || digit == 16 || digit == 20) {
        text[at++] = '-';
      }
      long half = digit < 16 ? high : low;
      text[at++] = DIGITS[(int) (half >>> (60 - 4 * (digit & 15))) & 15];
    }
    return new String(text);
  }
}
