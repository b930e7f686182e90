package dev.weft.instrumentation.weaver.subject;

/** Is what its module was written for. */
public class Insider {

  public String name() {
    return "insider";
  }
}
