package dev.weft.agent;

import java.lang.instrument.Instrumentation;
import java.util.Map;
import java.util.Set;

/**
 * What the agent's libraries find in place of {@code sun.misc.Unsafe}, about whose use JDK 24 and
 * later warn on standard error: {@code jdk.internal.misc.Unsafe}, which the former only calls.
 * {@code packaging.UnsafeReferences} has changed their bytecode.
 */
public final class LibraryUnsafe {

  private LibraryUnsafe() {}

  /** Lets the agent's libraries, and nobody else, reach it. To be called before any is used. */
  static void open(Instrumentation jvm) {
    Map<String, Set<Module>> toLibraries =
        Map.of("jdk.internal.misc", Set.of(LibraryUnsafe.class.getModule()));
    jvm.redefineModule(
        Object.class.getModule(), Set.of(), toLibraries, toLibraries, Set.of(), Map.of());
  }

  /**
   * Where the elements begin in an array of this type: an {@code int} until JDK 24, a {@code long}
   * since, so that no bytecode can call it on both.
   *
   * @param unsafe whose method it is
   */
  public static int arrayBaseOffset(Object unsafe, Class<?> type)
      throws ReflectiveOperationException {
    Object offset =
        unsafe.getClass().getMethod("arrayBaseOffset", Class.class).invoke(unsafe, type);
    return ((Number) offset).intValue();
  }
}
