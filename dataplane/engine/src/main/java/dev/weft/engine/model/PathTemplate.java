package dev.weft.engine.model;

import java.util.ArrayList;
import java.util.List;

/**
 * Envoy's UriTemplateMatchConfig.path_template, as Istio uses it: {@code *} stands for one path
 * segment, {@code **} for anything, slashes included. After {@code **} comes literal text at most.
 * Matching takes time linear in the path's length.
 */
public final class PathTemplate {

  private static final String ONE = "*";
  private static final String ANY = "**";

  private final String text;

  /** What comes before {@code **}, or all of it; {@link #ONE} stands for a segment. */
  private final String[] segments;

  /** What comes after {@code **}. */
  private final String tail;

  private final boolean anything;

  private PathTemplate(String text, List<String> segments, boolean anything, String tail) {
    this.text = text;
    this.segments = segments.toArray(String[]::new);
    this.anything = anything;
    this.tail = tail;
  }

  /**
   * @param text such as {@code /users/*}{@code /orders/**}
   * @throws IllegalArgumentException if it isn't a template that is understood
   */
  public static PathTemplate of(String text) {
    if (!text.startsWith("/")) {
      throw new IllegalArgumentException("a path template begins with a slash");
    }
    List<String> segments = new ArrayList<>();
    for (int at = 0; at < text.length(); ) {
      int slash = text.indexOf('/', at + 1);
      int end = slash < 0 ? text.length() : slash;
      String segment = text.substring(at + 1, end);
      if (segment.equals(ANY)) {
        String tail = text.substring(end);
        if (tail.contains("*") || tail.contains("{")) {
          throw new IllegalArgumentException("** must be the last operator");
        }
        return new PathTemplate(text, segments, true, tail);
      }
      if (!segment.equals(ONE) && (segment.contains("*") || segment.contains("{"))) {
        throw new IllegalArgumentException("* and ** must be whole segments, without a name");
      }
      segments.add(segment);
      at = end;
    }
    return new PathTemplate(text, segments, false, "");
  }

  /**
   * @param path without query
   */
  public boolean matches(String path) {
    int at = 0;
    for (String segment : segments) {
      if (at >= path.length() || path.charAt(at) != '/') {
        return false;
      }
      int slash = path.indexOf('/', at + 1);
      int end = slash < 0 ? path.length() : slash;
      boolean matches =
          segment.equals(ONE)
              ? end > at + 1
              : end - at - 1 == segment.length() && path.startsWith(segment, at + 1);
      if (!matches) {
        return false;
      }
      at = end;
    }
    if (!anything) {
      return at == path.length();
    }
    return at < path.length()
        && path.charAt(at) == '/'
        && path.length() - at - 1 >= tail.length()
        && path.endsWith(tail);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PathTemplate template && template.text.equals(text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return text;
  }
}
