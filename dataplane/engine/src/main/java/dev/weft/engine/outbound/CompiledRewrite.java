package dev.weft.engine.outbound;

import dev.weft.engine.model.PathRewrite;
import dev.weft.engine.model.StringMatch;
import org.jspecify.annotations.Nullable;

/** A {@link PathRewrite} together with what its route matches, ready to be done. */
abstract class CompiledRewrite {

  private CompiledRewrite() {}

  /**
   * @param matched what the route matches a path with
   */
  static @Nullable CompiledRewrite of(@Nullable PathRewrite rewrite, StringMatch matched) {
    if (rewrite instanceof PathRewrite.Matched replaced) {
      return new Replacing(replaced.replacement(), matched);
    }
    return rewrite instanceof PathRewrite.Pattern pattern
        ? new CompiledRewrite() {
          @Override
          String rewritten(String path) {
            return pattern.replacement().replaceAll(path);
          }
        }
        : null;
  }

  /**
   * @param target path and query
   */
  final String apply(String target) {
    int query = target.indexOf('?');
    return query < 0
        ? rewritten(target)
        : rewritten(target.substring(0, query)) + target.substring(query);
  }

  abstract String rewritten(String path);

  private static final class Replacing extends CompiledRewrite {

    private final String replacement;

    /** -1: all of the path. */
    private final int matchedLength;

    Replacing(String replacement, StringMatch matched) {
      this.replacement = replacement;
      if (matched instanceof StringMatch.Prefix prefix) {
        matchedLength = prefix.value().length();
      } else if (matched instanceof StringMatch.PathPrefix prefix) {
        matchedLength = prefix.value().length();
      } else {
        matchedLength = -1;
      }
    }

    @Override
    String rewritten(String path) {
      return matchedLength < 0 ? replacement : replacement + path.substring(matchedLength);
    }
  }
}
