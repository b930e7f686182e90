package dev.weft.instrumentation.httpurlconnection;

import dev.weft.engine.Answer;
import dev.weft.instrumentation.api.AdviceFailures;
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

  /** Set in place: to remove a thread-local and set it anew costs several times as much. */
  private static final ThreadLocal<Slot> CURRENT = ThreadLocal.withInitial(Slot::new);

  private static final class Slot {
    @Nullable Steering steering;
  }

  static @Nullable Steering current() {
    return CURRENT.get().steering;
  }

  /**
   * @return the one before, for {@link #leave}
   */
  static @Nullable Steering enter(@Nullable Steering steering) {
    Slot slot = CURRENT.get();
    Steering before = slot.steering;
    slot.steering = steering;
    return before;
  }

  static void leave(@Nullable Steering before) {
    CURRENT.get().steering = before;
  }

  /**
   * Does what is not to be steered, whoever is further up: while the JDK reads a response's head,
   * an application's cookie handler may use a connection of its own.
   */
  static <T> T without(Action<T> action) throws IOException {
    Slot slot = CURRENT.get();
    Steering before = slot.steering;
    if (before == null) {
      return action.run();
    }
    slot.steering = null;
    try {
      return action.run();
    } finally {
      slot.steering = before;
    }
  }

  /**
   * Does what the mesh wants in the middle of what the JDK does, which can cope with I/O that fails
   * and with nothing else.
   *
   * @throws IOException the action's own, or in place of a failure of ours
   */
  static <T> T guarded(Action<T> action) throws IOException {
    try {
      return action.run();
    } catch (RuntimeException | LinkageError e) {
      AdviceFailures.report("an HttpURLConnection's attempt", e);
      throw new IOException("Weft failed to carry out the call", e);
    }
  }

  /** Something that the JDK does, or is to do. */
  interface Action<T> {
    T run() throws IOException;
  }
}
