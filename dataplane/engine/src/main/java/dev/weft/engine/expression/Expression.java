package dev.weft.engine.expression;

import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An expression, compiled. As in CEL, what has no value, or not one that fits, is an error. */
public final class Expression {

  /** Stands for a value that there isn't, and for an operation that makes no sense. */
  static final Object ERROR = new Object();

  private final String source;
  private final Node node;
  private final Set<Read> reads;

  /** One step of an evaluation. */
  @FunctionalInterface
  interface Node {
    Object value(Attributes attributes);
  }

  /**
   * An attribute that may be asked for.
   *
   * @param key of a map; else empty
   */
  public record Read(Attribute attribute, String key) {}

  Expression(String source, Node node, Set<Read> reads) {
    this.source = source;
    this.node = node;
    this.reads = Set.copyOf(reads);
  }

  /**
   * Compiles it.
   *
   * @throws IllegalArgumentException saying what of it is not understood, for people to read
   */
  public static Expression parse(String source) {
    return new Parser(source).parse();
  }

  /** All that it may ask for. */
  public Set<Read> reads() {
    return reads;
  }

  /** Whether it holds; an error, or anything but a boolean, does not. */
  public boolean holds(Attributes attributes) {
    return Boolean.TRUE.equals(node.value(attributes));
  }

  /** Its value as text; null if there is none. */
  public @Nullable String text(Attributes attributes) {
    Object value = node.value(attributes);
    return value == ERROR ? null : Objects.toString(value);
  }

  /** The text says it all. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Expression expression && expression.source.equals(source);
  }

  @Override
  public int hashCode() {
    return source.hashCode();
  }

  @Override
  public String toString() {
    return source;
  }
}
