package dev.weft.config.istio;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weft.config.model.RouteRule;
import dev.weft.config.source.Fields;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Base64;
import java.util.Set;

/** Reads what a rule answers by itself: Istio's HTTPRedirect and HTTPDirectResponse. */
final class Redirects {

  private static final Set<Integer> CODES = Set.of(301, 302, 303, 307, 308);

  /** Istio's limit, to keep what every client is sent small. */
  private static final int MAX_BODY = 1 << 20;

  private Redirects() {}

  private enum DerivePort {
    FROM_PROTOCOL_DEFAULT,
    FROM_REQUEST_PORT
  }

  static RouteRule.Redirect redirect(Fields fields) {
    String uri = text(fields, "uri");
    String authority = text(fields, "authority");
    String scheme = text(fields, "scheme");
    Integer port = fields.integer("port", 0, CommonFields.MAX_PORT);
    DerivePort derive = fields.oneOf("derivePort", DerivePort.class);
    Integer code = fields.integer("redirectCode", 0, 999);
    int status = code == null || code == 0 ? 301 : code;
    if (!CODES.contains(status)) {
      fields.error("redirectCode", "must be 301, 302, 303, 307 or 308, is " + status);
    }
    if (!scheme.isEmpty() && !scheme.equals("http") && !scheme.equals("https")) {
      fields.error("scheme", "must be http or https, is " + scheme);
    }
    if (port != null && derive != null) {
      fields.error("", "must have only one of port and derivePort");
    }
    String prefix = text(fields, "prefixRewrite");
    if (!uri.isEmpty() && !prefix.isEmpty()) {
      fields.error("", "must have only one of uri and prefixRewrite");
    }
    if (uri.isEmpty()
        && prefix.isEmpty()
        && authority.isEmpty()
        && scheme.isEmpty()
        && port == null
        && derive == null) {
      fields.error("", "must have uri, prefixRewrite, authority, scheme, port or derivePort");
    }
    return new RouteRule.Redirect(
        status, scheme, authority, port, derive == DerivePort.FROM_REQUEST_PORT, uri, prefix);
  }

  static RouteRule.Respond directResponse(Fields fields) {
    Integer status = fields.integer("status", 200, 599);
    if (!fields.has("status")) {
      fields.error("status", "is required");
    }
    int code = status == null ? 500 : status;
    RouteRule.Respond answer = fields.object("body", body -> answer(code, body));
    return answer == null ? new RouteRule.Respond(code, "", UTF_8) : answer;
  }

  private static RouteRule.Respond answer(int status, Fields fields) {
    String text = fields.string("string");
    String bytes = fields.string("bytes");
    if (text != null && bytes != null) {
      fields.error("", "must have only one of string and bytes");
    }
    RouteRule.Respond answer =
        bytes == null
            ? new RouteRule.Respond(status, text == null ? "" : text, UTF_8)
            : decoded(status, fields, bytes);
    if (answer.body().length() > MAX_BODY) {
      fields.error("", "is too long: more than 1 MiB");
    }
    return answer;
  }

  private static RouteRule.Respond decoded(int status, Fields fields, String base64) {
    byte[] octets = {};
    try {
      octets = Base64.getDecoder().decode(base64);
      String text = UTF_8.newDecoder().decode(ByteBuffer.wrap(octets)).toString();
      return new RouteRule.Respond(status, text, UTF_8);
    } catch (IllegalArgumentException e) {
      fields.error("bytes", "is not base64");
    } catch (CharacterCodingException e) {
      // No text, then.
    }
    return new RouteRule.Respond(status, new String(octets, ISO_8859_1), ISO_8859_1);
  }

  private static String text(Fields fields, String name) {
    String text = fields.string(name);
    return text == null ? "" : text;
  }
}
