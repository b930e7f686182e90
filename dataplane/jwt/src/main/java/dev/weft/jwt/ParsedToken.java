package dev.weft.jwt;

import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jose.util.JSONObjectUtils;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A token taken apart in Envoy's order, with Envoy's words for what is wrong (jwt_verify_lib's
 * Jwt::parseFromString). Nothing of it is believed yet.
 *
 * @param payload as in the token
 */
record ParsedToken(
    JWSHeader header, String payload, Map<String, Object> claims, Base64URL signature) {

  private static final Set<String> ALGORITHMS =
      Set.of(
          "ES256", "ES384", "ES512", "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256",
          "PS384", "PS512", "EdDSA");

  /** It isn't a token; the message says why. */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1;

    Malformed(String words) {
      super(words, null, false, false);
    }
  }

  static ParsedToken parse(String token) throws Malformed {
    String[] parts = token.split("\\.", -1);
    if (parts.length != 3 || List.of(parts).contains("")) {
      throw new Malformed(
          "Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections");
    }
    JWSHeader header = header(json("header", parts[0]), parts[0]);
    Map<String, Object> claims = json("payload", parts[1]);
    text(claims, "iss");
    text(claims, "sub");
    time(claims, "iat");
    time(claims, "nbf");
    time(claims, "exp");
    text(claims, "jti");
    Object audience = claims.get("aud");
    boolean several =
        audience instanceof List<?> list && list.stream().allMatch(String.class::isInstance);
    if (claims.containsKey("aud") && !(audience instanceof String) && !several) {
      throw new Malformed("Jwt payload [aud] field is not a string or string list");
    }
    decoded("signature", parts[2]);
    return new ParsedToken(header, parts[1], claims, new Base64URL(parts[2]));
  }

  /** What the signature is of. */
  byte[] signed() {
    return (header.getParsedBase64URL() + "." + payload).getBytes(StandardCharsets.US_ASCII);
  }

  private static JWSHeader header(Map<String, Object> fields, String encoded) throws Malformed {
    if (!(fields.get("alg") instanceof String algorithm)) {
      throw new Malformed("Jwt header [alg] field is required and must be a string");
    }
    if (!ALGORITHMS.contains(algorithm)) {
      throw new Malformed("Jwt header [alg] is not supported");
    }
    if (fields.containsKey("kid") && !(fields.get("kid") instanceof String)) {
      throw new Malformed("Jwt header [kid] field is not a string");
    }
    try {
      return JWSHeader.parse(new Base64URL(encoded));
    } catch (ParseException | IllegalArgumentException e) {
      // Of what Envoy doesn't read.
      throw new Malformed("Jwt header is an invalid JSON");
    }
  }

  private static byte[] decoded(String part, String encoded) throws Malformed {
    try {
      // Blanks are skipped.
      return Base64.getUrlDecoder().decode(encoded.replaceAll("\\s", ""));
    } catch (IllegalArgumentException e) {
      throw new Malformed("Jwt " + part + " is an invalid Base64url encoded");
    }
  }

  private static Map<String, Object> json(String part, String encoded) throws Malformed {
    String text = new String(decoded(part, encoded), StandardCharsets.UTF_8);
    try {
      return JSONObjectUtils.parse(text);
    } catch (ParseException e) {
      throw new Malformed("Jwt " + part + " is an invalid JSON");
    }
  }

  private static void text(Map<String, Object> claims, String name) throws Malformed {
    if (claims.containsKey(name) && !(claims.get(name) instanceof String)) {
      throw new Malformed("Jwt payload [" + name + "] field is not a string");
    }
  }

  private static void time(Map<String, Object> claims, String name) throws Malformed {
    if (!claims.containsKey(name)) {
      return;
    }
    if (!(claims.get(name) instanceof Number seconds)) {
      throw new Malformed("Jwt payload [" + name + "] field is not an integer");
    }
    if (seconds.doubleValue() < 0 || seconds.doubleValue() >= Long.MAX_VALUE) {
      throw new Malformed("Jwt payload [" + name + "] field is not a positive 64 bit integer");
    }
  }
}
