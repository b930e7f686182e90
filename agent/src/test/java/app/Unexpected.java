package app;

/** Has changed since the sample module was written. */
public class Unexpected {

  public String renamed() {
    return "as it was";
  }
}
