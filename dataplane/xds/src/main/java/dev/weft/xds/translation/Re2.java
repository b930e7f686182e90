package dev.weft.xds.translation;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.weft.engine.model.Regex;
import dev.weft.engine.model.RegexReplacement;
import dev.weft.xds.proto.RegexMatchAndSubstitute;

/**
 * RE2, as Envoy uses it: its syntax, and time in proportion to the text. Case counts, whatever a
 * matcher around it says.
 */
final class Re2 {

  /** What may follow a character and then speaks of it, so that the character may be missing. */
  private static final String QUANTIFIERS = "?*{";

  private static final String META = "\\.+*?()|[]{}^$";

  private Re2() {}

  static Regex compile(String regex, String at, Findings findings) throws ResourceRefused {
    return new Compiled(pattern(regex, at, findings), literalPrefix(regex));
  }

  static RegexReplacement replacement(RegexMatchAndSubstitute source, String at, Findings findings)
      throws ResourceRefused {
    Pattern pattern = pattern(source.getPattern().getRegex(), at + ".pattern", findings);
    StringBuilder replacement = new StringBuilder();
    String substitution = source.getSubstitution();
    int position = 0;
    while (position < substitution.length()) {
      char c = substitution.charAt(position);
      if (c != '\\') {
        // A digit may follow a group's number, of which it is no part.
        replacement.append(c == '$' || Character.isDigit(c) ? "\\" + c : String.valueOf(c));
        position++;
        continue;
      }
      char next = position + 1 < substitution.length() ? substitution.charAt(position + 1) : ' ';
      if (next == '\\') {
        replacement.append("\\\\");
      } else if (next >= '0' && next <= '9' && next - '0' <= pattern.groupCount()) {
        replacement.append('$').append(next);
      } else {
        throw findings.refusal(
            at + ".substitution",
            "a backslash must be doubled or stand before the number of one of the "
                + pattern.groupCount()
                + " groups");
      }
      position += 2;
    }
    return new Replacement(pattern, replacement.toString());
  }

  private static Pattern pattern(String regex, String at, Findings findings)
      throws ResourceRefused {
    try {
      return Pattern.compile(regex);
    } catch (PatternSyntaxException e) {
      throw findings.refusal(at, e.getDescription() + " in " + regex);
    }
  }

  /** Less than there may be, never more. */
  static String literalPrefix(String regex) {
    StringBuilder prefix = new StringBuilder();
    int at = regex.startsWith("^") ? 1 : 0;
    while (at < regex.length()) {
      char c = regex.charAt(at);
      int next = at + 1;
      if (c == '\\' && next < regex.length() && META.indexOf(regex.charAt(next)) >= 0) {
        c = regex.charAt(next);
        next++;
      } else if (META.indexOf(c) >= 0) {
        break;
      }
      if (next < regex.length() && QUANTIFIERS.indexOf(regex.charAt(next)) >= 0) {
        break;
      }
      prefix.append(c);
      at = next;
    }
    // What stands before a bar may be missing altogether.
    return regex.indexOf('|') >= 0 && !withinGroups(regex) ? "" : prefix.toString();
  }

  /** Whether every bar stands in parentheses. */
  private static boolean withinGroups(String regex) {
    int depth = 0;
    boolean escaped = false;
    for (int i = 0; i < regex.length(); i++) {
      if (escaped) {
        escaped = false;
        continue;
      }
      switch (regex.charAt(i)) {
        case '\\' -> escaped = true;
        // What a class holds may look like anything.
        case '[' -> {
          return false;
        }
        case '(' -> depth++;
        case ')' -> depth--;
        case '|' -> {
          if (depth == 0) {
            return false;
          }
        }
        default -> {}
      }
    }
    return true;
  }

  private record Compiled(Pattern pattern, String literalPrefix) implements Regex {
    @Override
    public boolean matches(String text) {
      return pattern.matches(text);
    }
  }

  private record Replacement(Pattern pattern, String replacement) implements RegexReplacement {
    @Override
    public String replaceAll(String text) {
      return pattern.matcher(text).replaceAll(replacement);
    }
  }
}
