package dev.weft.instrumentation.api;

/**
 * Replaces a call inside the bodies of methods: each call of {@code owner.name} with exactly this
 * descriptor becomes a call, through {@code invokedynamic}, of a static method of the module, which
 * takes the receiver (if there is one) and then the arguments, and returns what the call returned;
 * where the library's types can't be named, wider ones.
 *
 * <p>The replacement makes the call itself. Unlike advice's, its exceptions do reach the
 * application, for they may be the call's own: it must let those pass and no others. If it can't be
 * linked, the original call is made.
 *
 * <p>One that guards is {@linkplain #orElse told} what to do when it fails. Then it is treated as a
 * guard's advice is: nothing that it throws reaches the application, the original call's own
 * exceptions included, and where it can't be linked the call isn't made.
 *
 * <pre>{@code
 * new CallSubstitution(
 *     named("runWorker"),
 *     "java.lang.Runnable", "run", "()V",
 *     "dev.weft.instrumentation.concurrent.TaskRun", "run") // static void run(Runnable task)
 * }</pre>
 *
 * @param within accepts the methods, declared by the type itself, whose bodies are searched
 * @param owner binary name of the type on which the call is made, as written in the byte code
 * @param name name of the method called; constructors can't be replaced
 * @param descriptor its descriptor, as {@code javap -s} prints it
 * @param adviceClass binary name of the class with the replacement, in the module's package or
 *     below
 * @param adviceMethod name of the replacement
 * @param onFailure name of the method that {@link OnFailure} would name, if the replacement guards;
 *     else empty
 * @param required whether the library is taken for an unknown one when there is no such call
 */
public record CallSubstitution(
    MethodMatcher within,
    String owner,
    String name,
    String descriptor,
    String adviceClass,
    String adviceMethod,
    String onFailure,
    boolean required) {

  /** A replacement that is required and guards nothing. */
  public CallSubstitution(
      MethodMatcher within,
      String owner,
      String name,
      String descriptor,
      String adviceClass,
      String adviceMethod) {
    this(within, owner, name, descriptor, adviceClass, adviceMethod, "", true);
  }

  /** The same as a guard, with the method that answers in its place when it throws. */
  public CallSubstitution orElse(String onFailure) {
    return new CallSubstitution(
        within, owner, name, descriptor, adviceClass, adviceMethod, onFailure, required);
  }

  /** The same for a call that only some versions of the library make. */
  public CallSubstitution optional() {
    return new CallSubstitution(
        within, owner, name, descriptor, adviceClass, adviceMethod, onFailure, false);
  }
}
