package app;

/** The library that the sample module instruments. */
public class Greeter {

  private final String word;

  public Greeter(String word) {
    this.word = word;
  }

  public String greet(String name) {
    return word + ' ' + name;
  }

  public String greetAll(Runnable around) {
    around.run();
    return word + " all";
  }

  public String skipped() {
    return "not skipped";
  }

  public String guarded() {
    return "open";
  }

  public String unlinked() {
    return "open";
  }

  public String helpless() {
    return "open";
  }

  public String guardedCall(Runnable call) {
    call.run();
    return "called";
  }

  public String untouched() {
    return "untouched";
  }
}
