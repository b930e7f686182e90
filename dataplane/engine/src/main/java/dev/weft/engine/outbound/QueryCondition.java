package dev.weft.engine.outbound;

import dev.weft.engine.model.QueryMatch;
import dev.weft.engine.model.StringMatch;

/**
 * A {@link QueryMatch}, asked of a request's target as it is: nothing is taken apart or decoded.
 */
final class QueryCondition {

  private final String name;
  private final StringMatch match;

  QueryCondition(QueryMatch condition) {
    name = condition.name();
    match = condition.match();
  }

  /**
   * @param target path and query
   */
  boolean holds(String target) {
    int start = target.indexOf('?') + 1;
    while (start > 0 && start < target.length()) {
      int ampersand = target.indexOf('&', start);
      int end = ampersand < 0 ? target.length() : ampersand;
      int nameEnd = start + name.length();
      if (nameEnd <= end && target.startsWith(name, start)) {
        if (nameEnd == end) {
          return match.matches("");
        }
        if (target.charAt(nameEnd) == '=') {
          return match instanceof StringMatch.Present
              || match.matches(target.substring(nameEnd + 1, end));
        }
      }
      start = end + 1;
    }
    return false;
  }
}
