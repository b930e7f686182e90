package dev.weft.engine.expression;

import dev.weft.engine.expression.Expression.Node;
import dev.weft.engine.expression.Expression.Read;
import dev.weft.engine.expression.Tokens.Kind;
import dev.weft.engine.expression.Tokens.Token;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/** Recursive descent over CEL's grammar, from the weakest operator to the strongest. */
final class Parser {

  private static final int DEEPEST = 64;
  private static final Set<String> RELATIONS = Set.of("==", "!=", "<", "<=", ">", ">=");

  private final String source;
  private final Tokens tokens;
  private final Set<Read> reads = new HashSet<>();
  private int depth;

  Parser(String source) {
    this.source = source;
    tokens = new Tokens(source);
  }

  Expression parse() {
    Node node = choice();
    if (tokens.peek().kind() != Kind.END) {
      throw new IllegalArgumentException("not understood at \"" + tokens.peek().text() + "\"");
    }
    return new Expression(source, node, reads);
  }

  private Node choice() {
    if (++depth > DEEPEST) {
      throw new IllegalArgumentException("nested too deeply");
    }
    Node condition = or();
    if (tokens.takes("?")) {
      Node then = or();
      tokens.expect(":");
      Node otherwise = choice();
      Node asked = condition;
      condition =
          attributes -> {
            Object value = asked.value(attributes);
            return value instanceof Boolean holds
                ? (holds ? then : otherwise).value(attributes)
                : Expression.ERROR;
          };
    }
    depth--;
    return condition;
  }

  private Node or() {
    Node left = and();
    while (tokens.takes("||")) {
      left = Operations.decisive(true, left, and());
    }
    return left;
  }

  private Node and() {
    Node left = relation();
    while (tokens.takes("&&")) {
      left = Operations.decisive(false, left, relation());
    }
    return left;
  }

  private Node relation() {
    Node left = sum();
    Token sign = tokens.peek();
    if (sign.kind() == Kind.SIGN && RELATIONS.contains(sign.text())) {
      tokens.take();
      left = Operations.compare(sign.text(), left, sum());
    } else if (tokens.takes("in")) {
      left = in(left);
    }
    return left;
  }

  /** A list, or a map whose keys are asked for by a literal. */
  private Node in(Node left) {
    if (tokens.peek().text().equals("[")) {
      tokens.take();
      List<Node> items = new ArrayList<>();
      while (!tokens.takes("]")) {
        items.add(choice());
        if (!tokens.peek().text().equals("]")) {
          tokens.expect(",");
        }
      }
      return Operations.in(left, items);
    }
    String path = path();
    Attribute map = Attribute.of(path);
    if (map == null || !map.isMap() || !(left instanceof Operations.Literal literal)) {
      throw new IllegalArgumentException(
          "\"in\" is understood of lists, and of a literal in headers, not of " + path);
    }
    return has(map, String.valueOf(literal.constant()));
  }

  private Node sum() {
    Node left = unary();
    while (tokens.takes("+")) {
      left = Operations.sum(left, unary());
    }
    return left;
  }

  private Node unary() {
    if (tokens.takes("!")) {
      Node inner = unary();
      return attributes ->
          inner.value(attributes) instanceof Boolean holds ? (Object) !holds : Expression.ERROR;
    } else if (tokens.takes("-")) {
      Token number = tokens.take();
      if (number.kind() != Kind.NUMBER) {
        throw new IllegalArgumentException("a number expected after \"-\"");
      }
      return Operations.number("-" + number.text());
    }
    return methods(primary());
  }

  private Node primary() {
    Token token = tokens.peek();
    if (token.kind() == Kind.STRING) {
      return new Operations.Literal(tokens.take().text());
    } else if (token.kind() == Kind.NUMBER) {
      return Operations.number(tokens.take().text());
    } else if (tokens.takes("(")) {
      Node inner = choice();
      tokens.expect(")");
      return inner;
    } else if (token.kind() != Kind.NAME) {
      throw new IllegalArgumentException("a value expected before " + token.text());
    }
    return named();
  }

  private Node named() {
    if (tokens.takes("true")) {
      return new Operations.Literal(true);
    } else if (tokens.takes("false")) {
      return new Operations.Literal(false);
    }
    String path = path();
    if (tokens.takes("(")) {
      return function(path);
    }
    Attribute attribute = Attribute.of(path);
    int dot = path.lastIndexOf('.');
    if (attribute == null && dot > 0) {
      // request.headers.referer
      Attribute map = Attribute.of(path.substring(0, dot));
      if (map != null && map.isMap()) {
        return get(map, path.substring(dot + 1));
      }
    }
    if (attribute == null) {
      throw new IllegalArgumentException("attribute " + path + " is not supported");
    }
    return attribute.isMap() ? get(attribute, key(path)) : get(attribute, "");
  }

  /** Names joined by dots, up to a method's. */
  private String path() {
    StringBuilder path = new StringBuilder(name());
    while (Attribute.of(path.toString()) == null && tokens.takes(".")) {
      path.append('.').append(name());
    }
    Attribute attribute = Attribute.of(path.toString());
    if (attribute != null && attribute.isMap() && tokens.takes(".")) {
      path.append('.').append(name());
    }
    return path.toString();
  }

  private String name() {
    Token token = tokens.take();
    if (token.kind() != Kind.NAME) {
      throw new IllegalArgumentException("a name expected before " + token.text());
    }
    return token.text();
  }

  private String key(String path) {
    tokens.expect("[");
    Token key = tokens.take();
    if (key.kind() != Kind.STRING) {
      throw new IllegalArgumentException("a key of " + path + " must be a literal string");
    }
    tokens.expect("]");
    return key.text();
  }

  private Node get(Attribute attribute, String key) {
    String lower = key.toLowerCase(Locale.ROOT);
    reads.add(new Read(attribute, lower));
    return attributes -> {
      Object value = attributes.get(attribute, lower);
      return value == null ? Expression.ERROR : value;
    };
  }

  private Node has(Attribute attribute, String key) {
    Node get = get(attribute, key);
    return attributes -> get.value(attributes) != Expression.ERROR;
  }

  private Node function(String name) {
    Node argument = choice();
    tokens.expect(")");
    return switch (name) {
      case "has" -> attributes -> argument.value(attributes) != Expression.ERROR;
      case "size" -> Operations.size(argument);
      case "string" -> Operations.text(argument);
      case "int" -> Operations.integer(argument);
      case "duration" -> Operations.duration(argument);
      default -> throw new IllegalArgumentException("function " + name + " is not supported");
    };
  }

  private Node methods(Node on) {
    Node result = on;
    while (tokens.takes(".")) {
      String name = name();
      tokens.expect("(");
      Node argument = name.equals("size") ? null : choice();
      tokens.expect(")");
      result = method(name, result, argument);
    }
    return result;
  }

  private static Node method(String name, Node on, @Nullable Node argument) {
    if (argument == null) {
      return Operations.size(on);
    }
    return switch (name) {
      case "startsWith" -> Operations.test(on, argument, String::startsWith);
      case "endsWith" -> Operations.test(on, argument, String::endsWith);
      case "contains" -> Operations.test(on, argument, String::contains);
      case "matches" -> matches(on, argument);
      default -> throw new IllegalArgumentException("method " + name + " is not supported");
    };
  }

  private static Node matches(Node on, Node argument) {
    if (!(argument instanceof Operations.Literal literal)
        || !(literal.constant() instanceof String regex)) {
      throw new IllegalArgumentException("matches() must be given a literal string");
    }
    try {
      Pattern pattern = Pattern.compile(regex);
      return attributes ->
          on.value(attributes) instanceof String text
              ? (Object) pattern.matcher(text).find()
              : Expression.ERROR;
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException("not a regular expression: " + regex, e);
    }
  }
}
