package dev.weft.engine.expression;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An expression's text, cut into words and signs. */
final class Tokens {

  enum Kind {
    NAME,
    NUMBER,
    STRING,
    SIGN,
    END
  }

  /**
   * @param text of a string without its quotes
   */
  record Token(Kind kind, String text) {}

  private static final Pattern TOKEN =
      Pattern.compile(
          "\\s*(?:([A-Za-z_]\\w*)|(\\d+(?:\\.\\d+)?)|('(?:[^'\\\\]|\\\\.)*'|\"(?:[^\"\\\\]|\\\\.)*\")"
              + "|(\\|\\||&&|==|!=|<=|>=|[-!<>()\\[\\].,?:+]))");

  private final List<Token> tokens = new ArrayList<>();
  private int next;

  Tokens(String source) {
    Matcher matcher = TOKEN.matcher(source);
    int at = 0;
    int end = source.stripTrailing().length();
    while (at < end) {
      if (!matcher.region(at, end).lookingAt()) {
        throw new IllegalArgumentException(
            "not understood at \"" + source.substring(at).strip() + "\"");
      }
      tokens.add(token(matcher));
      at = matcher.end();
    }
    tokens.add(new Token(Kind.END, "its end"));
  }

  private static Token token(Matcher matcher) {
    if (matcher.group(1) != null) {
      return new Token(Kind.NAME, matcher.group(1));
    } else if (matcher.group(2) != null) {
      return new Token(Kind.NUMBER, matcher.group(2));
    } else if (matcher.group(3) != null) {
      String quoted = matcher.group(3);
      return new Token(
          Kind.STRING, quoted.substring(1, quoted.length() - 1).replaceAll("\\\\(.)", "$1"));
    }
    return new Token(Kind.SIGN, matcher.group(4));
  }

  Token peek() {
    return tokens.get(next);
  }

  Token take() {
    return tokens.get(next++);
  }

  /** Takes the sign, or word, if it is next. */
  boolean takes(String text) {
    Token token = peek();
    boolean is =
        (token.kind() == Kind.SIGN || token.kind() == Kind.NAME) && token.text().equals(text);
    next += is ? 1 : 0;
    return is;
  }

  void expect(String sign) {
    if (!takes(sign)) {
      throw new IllegalArgumentException("\"" + sign + "\" expected before " + peek().text());
    }
  }
}
