package dev.weft.config.istio;

import dev.weft.config.model.Metadata;
import dev.weft.config.model.RequestAuthentication;
import dev.weft.config.model.RequestAuthentication.ClaimHeader;
import dev.weft.config.model.RequestAuthentication.FromHeader;
import dev.weft.config.model.RequestAuthentication.JwtRule;
import dev.weft.config.model.WorkloadSelector;
import dev.weft.config.source.Fields;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads a RequestAuthentication. */
final class RequestAuthenticationReader {

  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  /** RFC 3986, with a host that is a name or an address, and without user and fragment. */
  private static final Pattern HTTP_URI =
      Pattern.compile(
          "https?://([A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?"
              + "([/?]([A-Za-z0-9._~:/?@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)?");

  private enum Presence {
    OPTIONAL,
    REQUIRED
  }

  private RequestAuthenticationReader() {}

  static @Nullable RequestAuthentication read(Metadata metadata, Fields spec) {
    WorkloadSelector selector = CommonFields.selector(spec);
    List<JwtRule> rules = spec.objects("jwtRules", RequestAuthenticationReader::rule);
    boolean targeted = spec.has("targetRef") || spec.has("targetRefs");
    spec.skip("targetRef", "targetRefs");
    if (targeted) {
      spec.warning(
          "", "targetRefs concern gateways and waypoints, which are not served; not in force");
      return null;
    }
    return new RequestAuthentication(metadata, selector, rules);
  }

  private static JwtRule rule(Fields fields) {
    String issuer = fields.requiredString("issuer");
    String jwks = jwks(fields);
    String uri = fields.string("jwksUri");
    if (jwks != null && uri != null) {
      fields.error("jwks", "must not be given with jwksUri");
    } else if (jwks == null && uri == null) {
      fields.error(
          "jwksUri", "this, or jwks, is required: an issuer is not asked where its keys are");
    } else if (uri != null && !HTTP_URI.matcher(uri).matches()) {
      fields.error("jwksUri", "\"" + uri + "\" is not a URI of http or https");
    }
    List<FromHeader> fromHeaders =
        fields.objects("fromHeaders", RequestAuthenticationReader::fromHeader);
    List<ClaimHeader> claims =
        fields.objects("outputClaimToHeaders", RequestAuthenticationReader::claimHeader);
    Duration timeout = CommonFields.positiveDuration(fields, "timeout");
    String payload = fields.string("outputPayloadToHeader");
    if (payload != null) {
      header(fields, "outputPayloadToHeader", payload);
    }
    Presence presence = fields.oneOf("presence", Presence.class);
    return new JwtRule(
        issuer,
        notEmpty(fields, "audiences"),
        jwks,
        uri == null ? "" : uri,
        fromHeaders,
        notEmpty(fields, "fromParams"),
        notEmpty(fields, "fromCookies"),
        payload == null ? "" : payload,
        claims,
        Boolean.TRUE.equals(fields.bool("forwardOriginalToken")),
        timeout == null ? TIMEOUT : timeout,
        notEmpty(fields, "spaceDelimitedClaims"),
        presence == Presence.REQUIRED);
  }

  private static @Nullable String jwks(Fields fields) {
    String jwks = fields.string("jwks");
    if (jwks != null && !(jwks.strip().startsWith("{") && jwks.contains("\"keys\""))) {
      fields.error("jwks", "is not a JSON Web Key Set: an object with \"keys\"");
    }
    return jwks;
  }

  private static FromHeader fromHeader(Fields fields) {
    String name = fields.requiredString("name");
    header(fields, "name", name);
    String prefix = fields.string("prefix");
    return new FromHeader(name, prefix == null ? "" : prefix);
  }

  private static ClaimHeader claimHeader(Fields fields) {
    String name = fields.requiredString("header");
    header(fields, "header", name);
    return new ClaimHeader(name, fields.requiredString("claim"));
  }

  private static void header(Fields fields, String field, String name) {
    if (!name.isEmpty() && !Names.isHeader(name)) {
      fields.error(field, "\"" + name + "\" is not a header name");
    }
  }

  private static List<String> notEmpty(Fields fields, String name) {
    List<String> values = fields.strings(name);
    if (values.contains("")) {
      fields.error(name, "must not contain an empty string");
    }
    return values;
  }
}
