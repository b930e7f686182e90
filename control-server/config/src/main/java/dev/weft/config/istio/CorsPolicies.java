package dev.weft.config.istio;

import dev.weft.config.model.CorsPolicy;
import dev.weft.config.model.StringMatch;
import dev.weft.config.source.Fields;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Reads Istio's CorsPolicy. */
final class CorsPolicies {

  private static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE", "*");

  private CorsPolicies() {}

  private enum UnmatchedPreflights {
    UNSPECIFIED,
    FORWARD,
    IGNORE
  }

  static CorsPolicy read(Fields fields) {
    List<StringMatch> origins = fields.objects("allowOrigins", CommonFields::stringMatch);
    List<String> legacy = fields.strings("allowOrigin");
    if (!legacy.isEmpty()) {
      fields.warning("allowOrigin", "is deprecated; use allowOrigins");
      if (origins.isEmpty()) {
        origins =
            legacy.stream().map(origin -> (StringMatch) new StringMatch.Exact(origin)).toList();
      }
    }
    List<String> methods = fields.strings("allowMethods");
    for (String method : methods) {
      if (!METHODS.contains(method)) {
        fields.error("allowMethods", "\"" + method + "\" is not a method");
      }
    }
    Duration maxAge = fields.duration("maxAge");
    if (maxAge != null
        && (maxAge.isNegative() || !maxAge.equals(Duration.ofSeconds(maxAge.toSeconds())))) {
      fields.error("maxAge", "must be whole seconds");
    }
    UnmatchedPreflights unmatched = fields.oneOf("unmatchedPreflights", UnmatchedPreflights.class);
    return new CorsPolicy(
        new ArrayList<>(origins),
        methods,
        headers(fields, "allowHeaders"),
        headers(fields, "exposeHeaders"),
        maxAge,
        fields.bool("allowCredentials"),
        unmatched != UnmatchedPreflights.IGNORE);
  }

  private static List<String> headers(Fields fields, String name) {
    List<String> headers = fields.strings(name);
    for (String header : headers) {
      if (!header.equals("*") && !Names.isHeader(header)) {
        fields.error(name, "\"" + header + "\" is not a header name");
      }
    }
    return headers;
  }
}
