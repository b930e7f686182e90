package dev.weft.engine.model;

import java.util.random.RandomGenerator;

/**
 * Envoy's FractionalPercent.
 *
 * @param numerator what exceeds the denominator counts as all of it
 * @param denominator 100, 10,000 or 1,000,000
 */
public record Fraction(int numerator, int denominator) {

  public static final Fraction NONE = new Fraction(0, 100);
  public static final Fraction ALL = new Fraction(100, 100);

  /** Whether this request is of the share. */
  public boolean hits(RandomGenerator random) {
    return numerator > 0 && (numerator >= denominator || random.nextInt(denominator) < numerator);
  }
}
