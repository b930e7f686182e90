package dev.weft.engine.format;

import org.jspecify.annotations.Nullable;

/** The parts of a request's path and query, as Envoy's operators show them: not decoded. */
public final class RequestTarget {

  private RequestTarget() {}

  public static String withoutQuery(String target) {
    int query = target.indexOf('?');
    return query < 0 ? target : target.substring(0, query);
  }

  /** The first value of a parameter; null if it isn't there. */
  public static @Nullable String parameter(String target, String name) {
    int query = target.indexOf('?');
    for (String pair : query < 0 ? new String[0] : target.substring(query + 1).split("&", -1)) {
      int equals = pair.indexOf('=');
      if (equals >= 0 && pair.substring(0, equals).equals(name)) {
        return pair.substring(equals + 1);
      }
    }
    return null;
  }
}
