package dev.weft.instrumentation.weaver.subject;

/** Isn't what its module was written for. */
public class Outsider {

  public String name() {
    return "outsider";
  }
}
