package dev.weft.xds.translation;

import com.google.protobuf.Any;
import dev.weft.engine.model.CorsPolicy;
import dev.weft.engine.model.Fraction;
import dev.weft.engine.model.StringMatch;
import dev.weft.xds.proto.StringMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Envoy's extensions.filters.http.cors.v3.CorsPolicy. */
final class CorsPolicies {

  static final String FILTER = "envoy.filters.http.cors";

  private CorsPolicies() {}

  /**
   * @param levels the policies in force, the most specific one first, which is the one that is on
   *     or off; what it leaves unset is looked for in the next
   * @return null if there is none, or it is off
   */
  static @Nullable CorsPolicy policy(List<Any> levels, String at, Findings findings)
      throws ResourceRefused {
    List<dev.weft.xds.proto.CorsPolicy> policies = new ArrayList<>();
    for (Any level : levels) {
      dev.weft.xds.proto.CorsPolicy policy =
          Values.unpack(level, dev.weft.xds.proto.CorsPolicy.parser(), at, findings);
      findings.noteUnread(policy, at);
      policies.add(policy);
    }
    if (policies.isEmpty() || !on(policies.get(0), at, findings)) {
      return null;
    }
    List<StringMatch> origins = new ArrayList<>();
    for (StringMatcher origin :
        first(
            policies,
            dev.weft.xds.proto.CorsPolicy::getAllowOriginStringMatchList,
            List.<StringMatcher>of())) {
      origins.add(Matchers.string(origin, at + ".allow_origin_string_match", findings));
    }
    boolean credentials = false;
    boolean forward = true;
    for (int i = policies.size() - 1; i >= 0; i--) {
      dev.weft.xds.proto.CorsPolicy policy = policies.get(i);
      credentials =
          policy.hasAllowCredentials() ? policy.getAllowCredentials().getValue() : credentials;
      forward =
          policy.hasForwardNotMatchingPreflights()
              ? policy.getForwardNotMatchingPreflights().getValue()
              : forward;
    }
    return new CorsPolicy(
        origins,
        first(policies, dev.weft.xds.proto.CorsPolicy::getAllowMethods, ""),
        first(policies, dev.weft.xds.proto.CorsPolicy::getAllowHeaders, ""),
        first(policies, dev.weft.xds.proto.CorsPolicy::getExposeHeaders, ""),
        first(policies, dev.weft.xds.proto.CorsPolicy::getMaxAge, ""),
        credentials,
        forward);
  }

  private static boolean on(dev.weft.xds.proto.CorsPolicy policy, String at, Findings findings) {
    if (!policy.hasFilterEnabled()) {
      return true;
    }
    Fraction share = Values.fraction(policy.getFilterEnabled().getDefaultValue());
    if (share.numerator() > 0 && share.numerator() < share.denominator()) {
      findings.note(at + ".filter_enabled", "in force for all requests, not for a share");
    }
    return share.numerator() > 0;
  }

  private static <T> T first(
      List<dev.weft.xds.proto.CorsPolicy> policies,
      Function<dev.weft.xds.proto.CorsPolicy, T> field,
      T unset) {
    for (dev.weft.xds.proto.CorsPolicy policy : policies) {
      T value = field.apply(policy);
      if (!value.equals(unset)) {
        return value;
      }
    }
    return unset;
  }
}
