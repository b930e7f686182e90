package dev.weft.engine;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weft.engine.model.PathNormalization;
import java.net.URLDecoder;
import java.util.regex.Pattern;

/**
 * A request's path as policies and routes read it: by default Istio's path normalization BASE.
 * Query and fragment are cut off, as is the scheme and authority of an absolute-form target; {@code
 * \} is read as {@code /}; percent-encoded unreserved characters (RFC 3986 §2.3) are decoded, so an
 * encoded dot counts as one; dot segments are resolved (§5.2.4).
 *
 * <p>Like BASE it leaves alone what servers differ about: {@code //} stays, {@code %2F} and {@code
 * %5C} stay encoded, letters keep their case. What a server may make of it then, {@link #asServed}
 * tells.
 */
public final class NormalizedPath {

  private static final Pattern PARAMETERS = Pattern.compile(";[^/]*");
  private static final Pattern SLASHES = Pattern.compile("//+");
  private static final Pattern ESCAPED_SLASHES = Pattern.compile("%2[Ff]|%5[Cc]");

  private NormalizedPath() {}

  /**
   * @param target path and query, as on the wire
   */
  public static String of(String target) {
    return of(target, PathNormalization.BASE);
  }

  /**
   * In Envoy's order: escaped slashes, dot segments, several slashes in a row.
   *
   * @param target path and query, as on the wire
   */
  public static String of(String target, PathNormalization how) {
    int start = afterAuthority(target);
    int end = start;
    boolean plain = true;
    for (; end < target.length(); end++) {
      char c = target.charAt(end);
      if (c == '?' || c == '#') {
        break;
      }
      plain &= c != '%' && c != '\\' && !(c == '.' && end > start && isSlash(target, end - 1));
    }
    String path = start == end && start > 0 ? "/" : target.substring(start, end);
    if (how.unescapeSlashes() && path.indexOf('%') >= 0) {
      path = ESCAPED_SLASHES.matcher(path).replaceAll("/");
    }
    if (how.dotSegments() && !plain) {
      path = withoutDotSegments(decoded(path));
    }
    return how.mergeSlashes() && path.contains("//") ? SLASHES.matcher(path).replaceAll("/") : path;
  }

  /**
   * Whether there may be anything to be done about a target: all that costs most requests is to
   * look.
   *
   * @param target path and query, as on the wire
   */
  public static boolean mayChange(String target, PathNormalization how) {
    if (how.equals(PathNormalization.NONE)) {
      return false;
    }
    for (int i = 0; i < target.length(); i++) {
      char c = target.charAt(i);
      if (c == '?') {
        return false;
      }
      boolean behindSlash = i > 0 && target.charAt(i - 1) == '/';
      if (c == '%' || c == '\\' || (behindSlash && (c == '.' || c == '/'))) {
        return true;
      }
    }
    return false;
  }

  /** The path as it was written: without authority, query and fragment. */
  public static String written(String target) {
    int start = afterAuthority(target);
    int end = start;
    while (end < target.length() && target.charAt(end) != '?' && target.charAt(end) != '#') {
      end++;
    }
    return start == end && start > 0 ? "/" : target.substring(start, end);
  }

  /**
   * Whether the path has what Envoy refuses with 400 because servers disagree about it: a fragment
   * (http_reject_path_with_fragment), NUL and other control characters, encoded NUL.
   *
   * @param target path and query, as on the wire
   */
  public static boolean isAmbiguous(String target) {
    for (int i = 0; i < target.length(); i++) {
      char c = target.charAt(i);
      if (c == '?') {
        return false;
      }
      if (c == '#' || c < ' ' || c == 0x7f || (c == '%' && target.startsWith("%00", i))) {
        return true;
      }
    }
    return false;
  }

  /**
   * The path as a servlet container may map it: path parameters ({@code ;x=y}) cut out, all that is
   * percent-encoded decoded once, {@code //} merged, dot segments resolved, in this order: {@code
   * /x//../admin} and {@code /x/y/..;/../admin} are {@code /admin} to it, and not to {@link #of}. A
   * path that can't be decoded, which such a server refuses, stays as it is.
   *
   * @param path as written
   */
  public static String asServed(String path) {
    boolean plain = true;
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      boolean behindSlash = i > 0 && isSlash(path, i - 1);
      plain &= c != '%' && c != ';' && c != '\\' && !(behindSlash && (c == '/' || c == '.'));
    }
    if (plain) {
      return path;
    }
    try {
      String decoded =
          URLDecoder.decode(PARAMETERS.matcher(path).replaceAll("").replace("+", "%2B"), UTF_8);
      return withoutDotSegments(SLASHES.matcher(decoded.replace('\\', '/')).replaceAll("/"));
    } catch (IllegalArgumentException e) {
      return path;
    }
  }

  private static boolean isSlash(String target, int at) {
    return target.charAt(at) == '/' || target.charAt(at) == '\\';
  }

  /** Where the path of an absolute-form target begins; 0 for any other. */
  private static int afterAuthority(String target) {
    if (target.startsWith("/")) {
      return 0;
    }
    int scheme =
        target.regionMatches(true, 0, "http://", 0, 7)
            ? 7
            : target.regionMatches(true, 0, "https://", 0, 8) ? 8 : 0;
    if (scheme == 0) {
      return 0;
    }
    int at = scheme;
    while (at < target.length() && "/\\?#".indexOf(target.charAt(at)) < 0) {
      at++;
    }
    return at;
  }

  private static String decoded(String path) {
    StringBuilder decoded = new StringBuilder(path.length());
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      if (c == '%' && i + 2 < path.length()) {
        int high = Character.digit(path.charAt(i + 1), 16);
        int low = Character.digit(path.charAt(i + 2), 16);
        char meant = (char) ((high << 4) | low);
        if (high >= 0 && low >= 0 && unreserved(meant)) {
          decoded.append(meant);
          i += 2;
          continue;
        }
      }
      decoded.append(c == '\\' ? '/' : c);
    }
    return decoded.toString();
  }

  private static boolean unreserved(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '.'
        || c == '_'
        || c == '~';
  }

  private static String withoutDotSegments(String path) {
    if (!path.startsWith("/")) {
      return path;
    }
    StringBuilder out = new StringBuilder(path.length());
    int at = 0;
    while (at < path.length()) {
      int next = path.indexOf('/', at + 1);
      int end = next < 0 ? path.length() : next;
      String segment = path.substring(at + 1, end);
      boolean last = next < 0;
      switch (segment) {
        case "." -> {
          if (last) {
            out.append('/');
          }
        }
        case ".." -> {
          out.setLength(Math.max(0, out.lastIndexOf("/")));
          if (last) {
            out.append('/');
          }
        }
        default -> out.append('/').append(segment);
      }
      at = end;
    }
    return out.toString();
  }
}
