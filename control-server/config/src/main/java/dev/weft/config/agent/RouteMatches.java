package dev.weft.config.agent;

import com.google.protobuf.BoolValue;
import dev.weft.config.model.RouteMatch;
import dev.weft.config.model.StringMatch;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.config.route.v3.QueryParameterMatcher;
import org.jspecify.annotations.Nullable;

/** Conditions of a route in Envoy's form. */
final class RouteMatches {

  private RouteMatches() {}

  static io.envoyproxy.envoy.config.route.v3.RouteMatch match(RouteMatch match) {
    var envoy =
        io.envoyproxy.envoy.config.route.v3.RouteMatch.newBuilder()
            .setCaseSensitive(BoolValue.of(!match.ignorePathCase()));
    StringMatch path = match.path();
    if (path instanceof StringMatch.Exact exact) {
      envoy.setPath(exact.value());
    } else if (path instanceof StringMatch.Prefix prefix) {
      envoy.setPrefix(prefix.value());
    } else if (path instanceof StringMatch.Regex regex) {
      envoy.setSafeRegex(
          Protos.regex(match.ignorePathCase() ? "(?i)" + regex.value() : regex.value()));
    } else {
      envoy.setPrefix("/");
    }
    addIfGiven(envoy, ":scheme", match.scheme());
    addIfGiven(envoy, ":method", match.method());
    addIfGiven(envoy, ":authority", match.authority());
    match.headers().forEach((name, value) -> envoy.addHeaders(header(name, value)));
    match
        .withoutHeaders()
        .forEach(
            (name, value) -> {
              HeaderMatcher.Builder without = header(name, value).toBuilder().setInvertMatch(true);
              if (!(value instanceof StringMatch.Present)) {
                // A header that is not there does not match, so "without" it holds.
                without.setTreatMissingHeaderAsEmpty(true);
              }
              envoy.addHeaders(without);
            });
    match.query().forEach((name, value) -> envoy.addQueryParameters(query(name, value)));
    return envoy.build();
  }

  private static QueryParameterMatcher query(String name, StringMatch match) {
    QueryParameterMatcher.Builder matcher = QueryParameterMatcher.newBuilder().setName(name);
    return match instanceof StringMatch.Present
        ? matcher.setPresentMatch(true).build()
        : matcher.setStringMatch(Protos.stringMatcher(match)).build();
  }

  private static void addIfGiven(
      io.envoyproxy.envoy.config.route.v3.RouteMatch.Builder envoy,
      String name,
      @Nullable StringMatch match) {
    if (match != null) {
      envoy.addHeaders(header(name, match));
    }
  }

  static HeaderMatcher header(String name, StringMatch match) {
    HeaderMatcher.Builder matcher = HeaderMatcher.newBuilder().setName(name);
    return match instanceof StringMatch.Present
        ? matcher.setPresentMatch(true).build()
        : matcher.setStringMatch(Protos.stringMatcher(match)).build();
  }
}
