package dev.weft.engine.inbound;

import dev.weft.engine.model.JwtProvider;
import dev.weft.engine.model.JwtProvider.FromHeader;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds the tokens of a request where one provider's are looked for, as Envoy's extractor does. */
final class JwtTokens {

  private static final FromHeader BEARER = new FromHeader("authorization", "Bearer ");
  private static final String ACCESS_TOKEN = "access_token";

  private final List<FromHeader> headers;
  private final List<String> params;
  private final List<String> cookies;

  JwtTokens(JwtProvider provider) {
    boolean anywhere =
        provider.fromHeaders().isEmpty()
            && provider.fromParams().isEmpty()
            && provider.fromCookies().isEmpty();
    headers = anywhere ? List.of(BEARER) : provider.fromHeaders();
    params = anywhere ? List.of(ACCESS_TOKEN) : provider.fromParams();
    cookies = provider.fromCookies();
  }

  /**
   * @param header the one that it stands in; null: it stands elsewhere
   * @param parameter of the query that it is; null: it stands elsewhere
   */
  record Token(String text, @Nullable String header, @Nullable String parameter) {}

  /** Headers', then parameters', then cookies'; an empty one is there, too. */
  List<Token> of(Facts facts) {
    List<Token> found = new ArrayList<>(1);
    for (FromHeader from : headers) {
      // As the client sent it: an earlier provider may have taken it away by now.
      String value = facts.request.header(from.name());
      int at = value == null ? -1 : value.indexOf(from.prefix());
      if (value != null && at >= 0) {
        String token = from.prefix().isEmpty() ? value : token(value, from.prefix().length() + at);
        found.add(new Token(token, from.name(), null));
      }
    }
    if (!params.isEmpty()) {
      fromParams(facts.request.path(), found);
    }
    if (!cookies.isEmpty()) {
      String cookie = facts.request.header("cookie");
      if (cookie != null) {
        fromCookies(cookie, found);
      }
    }
    return found;
  }

  /** All from the first character on that a token may have; the whole value if there is none. */
  private static String token(String value, int start) {
    for (int i = start; i < value.length(); i++) {
      if (isOfToken(value.charAt(i))) {
        return value.substring(i);
      }
    }
    return value;
  }

  private static boolean isOfToken(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '.'
        || c == '-'
        || c == '_';
  }

  private void fromParams(String path, List<Token> found) {
    int query = path.indexOf('?');
    if (query < 0) {
      return;
    }
    String[] all = path.substring(query + 1).split("&", -1);
    for (String name : params) {
      for (String param : all) {
        int equals = param.indexOf('=');
        // Names are decoded, too, by servers: an encoded one mustn't hide another token.
        if (equals > 0 && QueryDecoding.decoded(param.substring(0, equals)).equals(name)) {
          found.add(new Token(QueryDecoding.decoded(param.substring(equals + 1)), null, name));
          break;
        }
      }
    }
  }

  private void fromCookies(String header, List<Token> found) {
    // Several headers are joined by commas, which values don't contain.
    String[] all = header.split("[;,]", -1);
    for (String name : cookies) {
      for (String cookie : all) {
        int equals = cookie.indexOf('=');
        if (equals > 0 && cookie.substring(0, equals).strip().equals(name)) {
          String value = cookie.substring(equals + 1).strip();
          if (value.length() > 1 && value.startsWith("\"") && value.endsWith("\"")) {
            value = value.substring(1, value.length() - 1);
          }
          found.add(new Token(value, null, null));
          break;
        }
      }
    }
  }
}
