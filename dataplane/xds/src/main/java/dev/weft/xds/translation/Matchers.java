package dev.weft.xds.translation;

import dev.weft.engine.model.HeaderMatch;
import dev.weft.engine.model.StringMatch;
import dev.weft.xds.proto.HeaderMatcher;
import dev.weft.xds.proto.StringMatcher;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Envoy's matchers. A matcher that is not understood always refuses: a request must not match by
 * oversight.
 */
final class Matchers {

  private static final StringMatch PRESENT = new StringMatch.Present();

  private Matchers() {}

  /** Envoy's type.matcher.v3.StringMatcher. */
  static StringMatch string(StringMatcher matcher, String at, Findings findings)
      throws ResourceRefused {
    findings.refuseUnread(matcher, at);
    boolean ignoreCase = matcher.getIgnoreCase();
    return switch (matcher.getMatchPatternCase()) {
      case EXACT -> new StringMatch.Exact(matcher.getExact(), ignoreCase);
      case PREFIX -> new StringMatch.Prefix(matcher.getPrefix(), ignoreCase);
      case SUFFIX -> new StringMatch.Suffix(matcher.getSuffix(), ignoreCase);
      case CONTAINS -> contains(matcher.getContains(), ignoreCase);
      // ignore_case "has no effect for the safe_regex match".
      case SAFE_REGEX -> regex(matcher.getSafeRegex().getRegex(), at + ".safe_regex", findings);
      case MATCHPATTERN_NOT_SET ->
          throw findings.refusal(at, "no match pattern, or one of an unknown kind");
    };
  }

  /**
   * Envoy's config.route.v3.HeaderMatcher. Its handling of an absent header (ignored, and so no
   * match, save for present_match; with treat_missing_header_as_empty an empty value) is put in
   * terms of the model's (an absent header matches when inverted).
   *
   * @return all of these must match
   */
  static List<HeaderMatch> header(HeaderMatcher matcher, String at, Findings findings)
      throws ResourceRefused {
    findings.refuseUnread(matcher, at);
    String name = matcher.getName().toLowerCase(Locale.ROOT);
    boolean invert = matcher.getInvertMatch();
    StringMatch match =
        switch (matcher.getHeaderMatchSpecifierCase()) {
          case STRING_MATCH -> string(matcher.getStringMatch(), at + ".string_match", findings);
          case EXACT_MATCH -> new StringMatch.Exact(matcher.getExactMatch(), false);
          case PREFIX_MATCH -> new StringMatch.Prefix(matcher.getPrefixMatch(), false);
          case SUFFIX_MATCH -> new StringMatch.Suffix(matcher.getSuffixMatch(), false);
          case CONTAINS_MATCH -> contains(matcher.getContainsMatch(), false);
          case SAFE_REGEX_MATCH ->
              regex(matcher.getSafeRegexMatch().getRegex(), at + ".safe_regex_match", findings);
          // "If header_match_specifier is not provided, the match is on presence."
          case PRESENT_MATCH, HEADERMATCHSPECIFIER_NOT_SET -> PRESENT;
        };
    if (match == PRESENT) {
      boolean absenceWanted = matcher.hasPresentMatch() && !matcher.getPresentMatch();
      return List.of(new HeaderMatch(name, PRESENT, invert != absenceWanted));
    }
    HeaderMatch valueMatch = new HeaderMatch(name, match, invert);
    if (matcher.getTreatMissingHeaderAsEmpty()) {
      if (match.matches("")) {
        throw findings.refusal(
            at + ".treat_missing_header_as_empty",
            "not supported with a match that an empty value satisfies");
      }
      return List.of(valueMatch);
    }
    return invert
        ? List.of(new HeaderMatch(name, PRESENT, false), valueMatch)
        : List.of(valueMatch);
  }

  /**
   * A regular expression in RE2's syntax, which is nearly a subset of Java's. Case counts, whatever
   * a matcher around it says, as in Envoy.
   */
  static StringMatch regex(String regex, String at, Findings findings) throws ResourceRefused {
    if (regex.contains("[[:") || regex.contains("\\C")) {
      throw findings.refusal(at, "a construct of RE2 that means something else in Java");
    }
    try {
      return new StringMatch.Regex(Pattern.compile(regex.replace("(?P<", "(?<")));
    } catch (PatternSyntaxException e) {
      throw findings.refusal(at, e.getDescription());
    }
  }

  private static StringMatch contains(String part, boolean ignoreCase) {
    int caseFlag = ignoreCase ? Pattern.CASE_INSENSITIVE : 0;
    return new StringMatch.Regex(
        Pattern.compile(".*" + Pattern.quote(part) + ".*", Pattern.DOTALL | caseFlag));
  }
}
