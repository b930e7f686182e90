package dev.weft.config.agent;

import com.google.protobuf.UInt32Value;
import dev.weft.config.model.StringMatch;
import io.envoyproxy.envoy.config.core.v3.CidrRange;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;

/** What is written in authorization policies, in Envoy's form. */
final class RbacValues {

  private RbacValues() {}

  /** With {@code *} alone, in front or at the end. */
  static StringMatch wildcard(String value) {
    if (value.equals("*")) {
      return new StringMatch.Present();
    } else if (value.startsWith("*")) {
      return new StringMatch.Suffix(value.substring(1));
    } else if (value.endsWith("*")) {
      return new StringMatch.Prefix(value.substring(0, value.length() - 1));
    }
    return new StringMatch.Exact(value);
  }

  /** {@code *} alone: the header is there. */
  static HeaderMatcher header(String name, String value) {
    HeaderMatcher.Builder matcher = HeaderMatcher.newBuilder().setName(name);
    return value.equals("*")
        ? matcher.setPresentMatch(true).build()
        : matcher.setStringMatch(Protos.stringMatcher(wildcard(value))).build();
  }

  /** An address, or a range of them. */
  static CidrRange range(String value) {
    int slash = value.indexOf('/');
    String address = slash < 0 ? value : value.substring(0, slash);
    int all = address.contains(":") ? 128 : 32;
    return CidrRange.newBuilder()
        .setAddressPrefix(address)
        .setPrefixLen(
            UInt32Value.of(slash < 0 ? all : Integer.parseInt(value.substring(slash + 1))))
        .build();
  }
}
