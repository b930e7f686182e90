package dev.weft.engine.expression;

import dev.weft.engine.expression.Expression.Node;
import java.time.Duration;
import java.util.List;
import java.util.function.BiPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What operators and functions do. */
final class Operations {

  private static final Pattern DURATION = Pattern.compile("(\\d+(?:\\.\\d+)?)(ns|us|ms|s|m|h)");

  private Operations() {}

  /** The same for every request. */
  record Literal(Object constant) implements Node {
    @Override
    public Object value(Attributes attributes) {
      return constant;
    }
  }

  static Node number(String text) {
    if (text.indexOf('.') >= 0) {
      return new Literal(Double.valueOf(text));
    }
    try {
      return new Literal(Long.valueOf(text));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("number " + text + " is too large", e);
    }
  }

  /** {@code ||} and {@code &&}: as in CEL an error is overlooked where the other side decides. */
  static Node decisive(boolean decisive, Node left, Node right) {
    return attributes -> {
      Object first = left.value(attributes);
      if (first.equals(decisive)) {
        return decisive;
      }
      Object second = right.value(attributes);
      if (second.equals(decisive)) {
        return decisive;
      }
      return first instanceof Boolean && second instanceof Boolean ? !decisive : Expression.ERROR;
    };
  }

  static Node compare(String sign, Node left, Node right) {
    return attributes -> {
      Object first = left.value(attributes);
      Object second = right.value(attributes);
      if (first == Expression.ERROR || second == Expression.ERROR) {
        return Expression.ERROR;
      }
      Integer order = order(first, second);
      if (order == null) {
        return switch (sign) {
          case "==" -> first.equals(second);
          case "!=" -> !first.equals(second);
          default -> Expression.ERROR;
        };
      }
      return switch (sign) {
        case "==" -> order == 0;
        case "!=" -> order != 0;
        case "<" -> order < 0;
        case "<=" -> order <= 0;
        case ">" -> order > 0;
        default -> order >= 0;
      };
    };
  }

  /** Null if they are not of one kind. */
  private static @Nullable Integer order(Object first, Object second) {
    if (first instanceof Long a && second instanceof Long b) {
      return Long.compare(a, b);
    } else if (first instanceof Number a && second instanceof Number b) {
      return Double.compare(a.doubleValue(), b.doubleValue());
    } else if (first instanceof String a && second instanceof String b) {
      return a.compareTo(b);
    } else if (first instanceof Duration a && second instanceof Duration b) {
      return a.compareTo(b);
    }
    return null;
  }

  static Node in(Node left, List<Node> items) {
    Node[] nodes = items.toArray(Node[]::new);
    return attributes -> {
      Object value = left.value(attributes);
      if (value == Expression.ERROR) {
        return value;
      }
      for (Node node : nodes) {
        if (node.value(attributes).equals(value)) {
          return true;
        }
      }
      return false;
    };
  }

  static Node sum(Node left, Node right) {
    return attributes -> {
      Object first = left.value(attributes);
      Object second = right.value(attributes);
      if (first instanceof String a && second instanceof String b) {
        return a + b;
      } else if (first instanceof Long a && second instanceof Long b) {
        return a + b;
      }
      return Expression.ERROR;
    };
  }

  static Node test(Node on, Node argument, BiPredicate<String, String> test) {
    return attributes ->
        on.value(attributes) instanceof String text
                && argument.value(attributes) instanceof String other
            ? (Object) test.test(text, other)
            : Expression.ERROR;
  }

  static Node size(Node of) {
    return attributes ->
        of.value(attributes) instanceof String text
            ? (Object) (long) text.codePointCount(0, text.length())
            : Expression.ERROR;
  }

  static Node text(Node of) {
    return attributes -> {
      Object value = of.value(attributes);
      return value == Expression.ERROR ? value : value.toString();
    };
  }

  static Node integer(Node of) {
    return attributes -> {
      Object value = of.value(attributes);
      if (value instanceof Number number) {
        return number.longValue();
      }
      try {
        return value instanceof String text ? (Object) Long.valueOf(text) : Expression.ERROR;
      } catch (NumberFormatException e) {
        return Expression.ERROR;
      }
    };
  }

  static Node duration(Node argument) {
    if (!(argument instanceof Literal literal) || !(literal.constant() instanceof String text)) {
      throw new IllegalArgumentException("duration() must be given a literal string");
    }
    Matcher part = DURATION.matcher(text);
    if (!part.matches()) {
      throw new IllegalArgumentException("duration(\"" + text + "\"): not one such as \"250ms\"");
    }
    double amount = Double.parseDouble(part.group(1));
    double nanos =
        switch (part.group(2)) {
          case "ns" -> 1;
          case "us" -> 1e3;
          case "ms" -> 1e6;
          case "s" -> 1e9;
          case "m" -> 6e10;
          default -> 3.6e12;
        };
    return new Literal(Duration.ofNanos((long) (amount * nanos)));
  }
}
