package dev.weft.engine.outbound;

import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.model.HashPolicy;
import dev.weft.engine.upstream.XxHash64;
import java.util.HexFormat;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The hash of one request by its route's hash policies, as Envoy's HashPolicyImpl makes it. */
final class RequestHash {

  private final boolean present;
  private final long value;

  /** The cookie that was made, for the response. */
  final HeaderEdits setCookie;

  private RequestHash(boolean present, long value, HeaderEdits setCookie) {
    this.present = present;
    this.value = value;
    this.setCookie = setCookie;
  }

  /** Whether the request has anything of what is to be hashed. */
  boolean present() {
    return present;
  }

  long value() {
    return value;
  }

  /**
   * @param sourceIp the workload's own address; empty if it isn't known
   */
  static RequestHash of(
      List<HashPolicy> policies, OutboundRequest request, String sourceIp, RandomGenerator random) {
    boolean present = false;
    long hash = 0;
    HeaderEdits setCookie = HeaderEdits.NONE;
    for (HashPolicy policy : policies) {
      String text;
      if (policy instanceof HashPolicy.Header header) {
        text = request.header(header.name());
      } else if (policy instanceof HashPolicy.Cookie cookie) {
        text = cookie(request.header("cookie"), cookie.name());
        if (text.isEmpty() && cookie.ttl() != null) {
          text = HexFormat.of().toHexDigits(random.nextLong());
          Header made = new Header("set-cookie", made(cookie, text, cookie.ttl().toSeconds()));
          setCookie = setCookie.then(new HeaderEdits(List.of(), List.of(), List.of(made)));
        }
        text = text.isEmpty() ? null : text;
      } else if (policy instanceof HashPolicy.QueryParameter parameter) {
        text = parameter(request.path(), parameter.name());
      } else {
        text = sourceIp.isEmpty() ? null : sourceIp;
      }
      if (text != null) {
        // Rotated, so that equal policies don't cancel each other out.
        hash = (present ? Long.rotateLeft(hash, 1) : 0) ^ XxHash64.hash(text);
        present = true;
      }
      if (policy.terminal() && present) {
        break;
      }
    }
    return new RequestHash(present, hash, setCookie);
  }

  /** Without quotes; empty if there is none. */
  private static String cookie(@Nullable String header, String name) {
    if (header == null) {
      return "";
    }
    int start = 0;
    while (start < header.length()) {
      int end = header.indexOf(';', start);
      end = end < 0 ? header.length() : end;
      int equals = header.indexOf('=', start);
      if (equals >= 0 && equals < end && header.substring(start, equals).strip().equals(name)) {
        String value = header.substring(equals + 1, end).strip();
        return value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"")
            ? value.substring(1, value.length() - 1)
            : value;
      }
      start = end + 1;
    }
    return "";
  }

  private static String made(HashPolicy.Cookie cookie, String value, long seconds) {
    StringBuilder text = new StringBuilder(cookie.name()).append("=\"").append(value).append('"');
    if (seconds > 0) {
      text.append("; Max-Age=").append(seconds);
    }
    if (!cookie.path().isEmpty()) {
      text.append("; Path=").append(cookie.path());
    }
    for (Header attribute : cookie.attributes()) {
      text.append("; ").append(attribute.name());
      if (!attribute.value().isEmpty()) {
        text.append('=').append(attribute.value());
      }
    }
    return text.append("; HttpOnly").toString();
  }

  /** As written, not decoded; null if there is none. */
  private static @Nullable String parameter(String path, String name) {
    int start = path.indexOf('?') + 1;
    if (start == 0) {
      return null;
    }
    int fragment = path.indexOf('#', start);
    int last = fragment < 0 ? path.length() : fragment;
    while (start < last) {
      int end = path.indexOf('&', start);
      end = end < 0 || end > last ? last : end;
      int equals = path.indexOf('=', start);
      int nameEnd = equals < 0 || equals > end ? end : equals;
      if (nameEnd - start == name.length() && path.startsWith(name, start)) {
        return path.substring(Math.min(nameEnd + 1, end), end);
      }
      start = end + 1;
    }
    return null;
  }
}
