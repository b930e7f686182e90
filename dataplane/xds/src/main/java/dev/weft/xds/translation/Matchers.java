package dev.weft.xds.translation;

import dev.weft.engine.model.HeaderMatch;
import dev.weft.engine.model.QueryMatch;
import dev.weft.engine.model.StringMatch;
import dev.weft.xds.proto.HeaderMatcher;
import dev.weft.xds.proto.QueryParameterMatcher;
import dev.weft.xds.proto.StringMatcher;
import java.util.List;
import java.util.Locale;

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
      case CONTAINS -> new StringMatch.Contains(matcher.getContains(), ignoreCase);
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
          case CONTAINS_MATCH -> new StringMatch.Contains(matcher.getContainsMatch(), false);
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

  static StringMatch regex(String regex, String at, Findings findings) throws ResourceRefused {
    return new StringMatch.Pattern(Re2.compile(regex, at, findings));
  }

  /** Envoy's config.route.v3.QueryParameterMatcher. */
  static QueryMatch query(QueryParameterMatcher matcher, String at, Findings findings)
      throws ResourceRefused {
    findings.refuseUnread(matcher, at);
    return new QueryMatch(
        matcher.getName(),
        switch (matcher.getQueryParameterMatchSpecifierCase()) {
          case STRING_MATCH -> string(matcher.getStringMatch(), at + ".string_match", findings);
          // Envoy looks at whether the field is there, not at what it says.
          case PRESENT_MATCH, QUERYPARAMETERMATCHSPECIFIER_NOT_SET -> PRESENT;
        });
  }
}
