package dev.weft.config.agent;

import dev.weft.config.model.StringMatch;
import io.envoyproxy.envoy.config.rbac.v3.Principal;
import io.envoyproxy.envoy.type.matcher.v3.ListMatcher;
import io.envoyproxy.envoy.type.matcher.v3.MetadataMatcher;
import io.envoyproxy.envoy.type.matcher.v3.MetadataMatcher.PathSegment;
import io.envoyproxy.envoy.type.matcher.v3.OrMatcher;
import io.envoyproxy.envoy.type.matcher.v3.ValueMatcher;
import java.util.List;

/** Conditions on a verified token: on the metadata in which Envoy's JWT filter leaves it. */
final class JwtClaims {

  static final String FILTER = "envoy.filters.http.jwt_authn";
  static final String PAYLOAD = "payload";

  private static final StringMatch ANY = new StringMatch.Regex(".+");

  private JwtClaims() {}

  /**
   * Istio's request principal {@code issuer/subject}: with {@code *} alone, in front of the issuer,
   * or at the end of the subject.
   */
  static Principal principal(String value) {
    int slash = value.lastIndexOf('/');
    String issuer = slash < 0 ? value : value.substring(0, slash);
    String subject = slash < 0 ? "" : value.substring(slash + 1);
    StringMatch issuerMatch = new StringMatch.Exact(issuer);
    StringMatch subjectMatch = new StringMatch.Exact(subject);
    if (value.equals("*")) {
      issuerMatch = ANY;
      subjectMatch = ANY;
    } else if (value.startsWith("*") && slash < 0) {
      issuerMatch = ANY;
      subjectMatch = wildcard(value);
    } else if (value.startsWith("*")) {
      issuerMatch = wildcard(issuer);
    } else if (value.endsWith("*") && slash < 0) {
      issuerMatch = wildcard(value);
      subjectMatch = ANY;
    } else if (value.endsWith("*")) {
      subjectMatch = wildcard(subject);
    }
    return Principal.newBuilder()
        .setAndIds(
            Principal.Set.newBuilder()
                .addIds(metadata(List.of("iss"), text(issuerMatch)))
                .addIds(metadata(List.of("sub"), text(subjectMatch))))
        .build();
  }

  /** A claim that is, or is a list with, one of the values. */
  static Principal claim(List<String> path, List<String> values) {
    List<ValueMatcher> each = values.stream().map(value -> text(wildcard(value))).toList();
    ValueMatcher value = each.size() == 1 ? each.get(0) : or(each);
    ValueMatcher element =
        ValueMatcher.newBuilder().setListMatch(ListMatcher.newBuilder().setOneOf(value)).build();
    return metadata(path, or(List.of(element, value)));
  }

  private static StringMatch wildcard(String value) {
    return value.equals("*") ? ANY : RbacValues.wildcard(value);
  }

  private static ValueMatcher text(StringMatch match) {
    return ValueMatcher.newBuilder().setStringMatch(Protos.stringMatcher(match)).build();
  }

  private static ValueMatcher or(List<ValueMatcher> matchers) {
    return ValueMatcher.newBuilder()
        .setOrMatch(OrMatcher.newBuilder().addAllValueMatchers(matchers))
        .build();
  }

  /** By the field that Istio uses, which every version of Envoy understands. */
  @SuppressWarnings("deprecation")
  private static Principal metadata(List<String> path, ValueMatcher value) {
    MetadataMatcher.Builder matcher =
        MetadataMatcher.newBuilder()
            .setFilter(FILTER)
            .addPath(PathSegment.newBuilder().setKey(PAYLOAD))
            .setValue(value);
    path.forEach(name -> matcher.addPath(PathSegment.newBuilder().setKey(name)));
    return Principal.newBuilder().setMetadata(matcher).build();
  }
}
