package dev.weft.instrumentation.weaver.subject;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * One method for each thing that advice can do, or that the method's own code can make difficult.
 */
public class Subject {

  /** What advice and methods say, in order. */
  public static final List<String> EVENTS = new ArrayList<>();

  static final long SHARED = 40;

  private final long own;
  private int count;

  public Subject(long own) {
    this.own = own > 0 ? own : 1;
    EVENTS.add("constructed");
  }

  /** Gives its parameters other values, returns from several places. */
  public double changesItsArguments(int a, long b, double c, String d) {
    while (a > 0) {
      a--;
      b += 2;
      if (b > 100) {
        return b;
      }
    }
    String joined = d + b;
    for (int i = 0; i < 3; i++) {
      long square = (long) i * i;
      c += square;
      joined = joined + square;
    }
    d = joined;
    return c + d.length();
  }

  /** Is static, and throws. */
  public static int divides(int dividend, int divisor) {
    EVENTS.add("divides");
    return dividend / divisor;
  }

  /** Catches for itself. */
  public String catches(String number) {
    String result = "none";
    try {
      result = "number " + Integer.parseInt(number);
      if (number.equals("0")) {
        throw new IllegalStateException("zero");
      }
      return result;
    } catch (NumberFormatException e) {
      return "no number";
    } finally {
      EVENTS.add("finally " + result);
    }
  }

  /** Begins with a loop: the first instruction is a jump's target. */
  public static int loops(int n) {
    do {
      n--;
    } while (n > 10);
    return n;
  }

  /** Does nothing: its only instruction is its return. */
  public void isEmpty() {}

  public void answers(boolean unused) {
    EVENTS.add("ran");
  }

  public String answersWithText(String text) {
    EVENTS.add("ran");
    return text;
  }

  public int assigns(int number) {
    return number;
  }

  public Supplier<String> assignsReference(String text) {
    return () -> text + own;
  }

  public int repeats() {
    return count++;
  }

  public synchronized long fields(long factor) {
    return own * factor + count;
  }

  public String twice(String text) {
    return text;
  }

  public int failsToAdvise(int number) {
    return number;
  }

  public int linkedLate(int number) {
    return number;
  }
}
