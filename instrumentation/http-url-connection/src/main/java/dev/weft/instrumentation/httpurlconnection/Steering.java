package dev.weft.instrumentation.httpurlconnection;

import dev.weft.engine.Answer;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Where the connection that the current thread is about to take or open must lead. The JDK opens it
 * deep inside a constructor, so the way there is a thread-local.
 *
 * @param sending to an endpoint; or null
 * @param answer to be read instead of any endpoint's; or null
 */
record Steering(@Nullable Sending sending, @Nullable Answer answer) {

  private static final ThreadLocal<@Nullable Steering> CURRENT = new ThreadLocal<>();

  static @Nullable Steering current() {
    return CURRENT.get();
  }

  /**
   * @return the one before, for {@link #leave}
   */
  static @Nullable Steering enter(@Nullable Steering steering) {
    Steering before = CURRENT.get();
    leave(steering);
    return before;
  }

  static void leave(@Nullable Steering before) {
    if (before == null) {
      CURRENT.remove();
    } else {
      CURRENT.set(before);
    }
  }

  /**
   * Does what is not to be steered, whoever is further up: while the JDK reads a response's head,
   * an application's cookie handler may use a connection of its own.
   */
  static <T> T without(Action<T> action) throws IOException {
    Steering before = CURRENT.get();
    if (before == null) {
      return action.run();
    }
    CURRENT.remove();
    try {
      return action.run();
    } finally {
      CURRENT.set(before);
    }
  }

  /** Something that the JDK does. */
  interface Action<T> {
    T run() throws IOException;
  }
}
