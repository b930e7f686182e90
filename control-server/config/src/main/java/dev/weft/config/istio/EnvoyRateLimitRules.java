package dev.weft.config.istio;

import dev.weft.config.model.EnvoyFilter.StagedRule;
import dev.weft.config.model.RateLimit;
import dev.weft.config.model.RateLimit.Action;
import dev.weft.config.model.RateLimit.HeaderCondition;
import dev.weft.config.model.StringMatch;
import dev.weft.config.source.Fields;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads Envoy's rate limit actions as an EnvoyFilter holds them: protobuf's JSON, by the fields'
 * original names. What is not understood is an error.
 */
final class EnvoyRateLimitRules {

  private static final int MAX_STAGE = 10;

  private EnvoyRateLimitRules() {}

  /** The {@code rate_limits} of a virtual host, a route or a filter. */
  static List<StagedRule> read(Fields fields) {
    return fields.objects("rate_limits", EnvoyRateLimitRules::rule);
  }

  private static StagedRule rule(Fields fields) {
    return new StagedRule(
        stage(fields), new RateLimit.Rule(fields.objects("actions", EnvoyRateLimitRules::action)));
  }

  private static @Nullable Action action(Fields fields) {
    Action action = null;
    if (fields.has("request_headers")) {
      action =
          fields.object(
              "request_headers",
              it ->
                  new RateLimit.HeaderValue(
                      it.requiredString("header_name").toLowerCase(Locale.ROOT),
                      it.requiredString("descriptor_key"),
                      Boolean.TRUE.equals(it.bool("skip_if_absent"))));
    } else if (fields.has("query_parameters")) {
      action =
          fields.object(
              "query_parameters",
              it ->
                  new RateLimit.QueryValue(
                      it.requiredString("query_parameter_name"),
                      it.requiredString("descriptor_key"),
                      Boolean.TRUE.equals(it.bool("skip_if_absent"))));
    } else if (fields.has("remote_address")) {
      action = fields.object("remote_address", it -> new RateLimit.RemoteAddress());
    } else if (fields.has("generic_key")) {
      action =
          fields.object(
              "generic_key",
              it ->
                  new RateLimit.Constant(
                      key(it, "generic_key"), it.requiredString("descriptor_value")));
    } else if (fields.has("header_value_match")) {
      action = fields.object("header_value_match", EnvoyRateLimitRules::headers);
    } else {
      fields.skipAll();
      fields.error(
          "",
          "is not among request_headers, query_parameters, remote_address, generic_key and"
              + " header_value_match");
    }
    return action;
  }

  private static Action headers(Fields fields) {
    Boolean expected = fields.bool("expect_match");
    return new RateLimit.HeadersMatch(
        key(fields, "header_match"),
        fields.requiredString("descriptor_value"),
        expected == null || expected,
        fields.objects("headers", EnvoyRateLimitRules::header));
  }

  private static String key(Fields fields, String unset) {
    String key = fields.string("descriptor_key");
    return key == null || key.isEmpty() ? unset : key;
  }

  private static HeaderCondition header(Fields fields) {
    String name = fields.requiredString("name").toLowerCase(Locale.ROOT);
    boolean inverted = Boolean.TRUE.equals(fields.bool("invert_match"));
    StringMatch match =
        fields.has("string_match")
            ? fields.object("string_match", it -> match(it, ""))
            : match(fields, "_match");
    if (fields.has("present_match")) {
      inverted ^= Boolean.FALSE.equals(fields.bool("present_match"));
      match = new StringMatch.Present();
    }
    return new HeaderCondition(name, match == null ? new StringMatch.Present() : match, inverted);
  }

  /** Null if there is none of those that are understood. */
  private static @Nullable StringMatch match(Fields fields, String suffix) {
    String exact = fields.string("exact" + suffix);
    String prefix = fields.string("prefix" + suffix);
    String end = fields.string("suffix" + suffix);
    String regex =
        fields.object(
            "safe_regex" + suffix,
            it -> {
              it.skip("google_re2");
              String expression = it.requiredString("regex");
              CommonFields.checkRegex(it, "regex", expression);
              return expression;
            });
    if (exact != null) {
      return new StringMatch.Exact(exact);
    } else if (prefix != null) {
      return new StringMatch.Prefix(prefix);
    } else if (end != null) {
      return new StringMatch.Suffix(end);
    }
    return regex == null ? null : new StringMatch.Regex(regex);
  }

  static int stage(Fields fields) {
    Integer stage = fields.integer("stage", 0, MAX_STAGE);
    return stage == null ? 0 : stage;
  }
}
