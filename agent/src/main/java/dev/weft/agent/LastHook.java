package dev.weft.agent;

import java.lang.instrument.Instrumentation;
import java.util.Map;
import java.util.Set;

/**
 * What is done when all shutdown hooks of the application have ended, right before the JVM halts.
 * The JDK deletes its {@code File.deleteOnExit} files in the same way, and offers it to nobody
 * else.
 */
final class LastHook {

  /**
   * Slots are run in order; the JDK's own are the first three, the application's hooks the second.
   */
  private static final int SLOT = 9;

  private LastHook() {}

  static void register(Instrumentation jvm, Runnable task) throws ReflectiveOperationException {
    String internal = "jdk.internal.access";
    jvm.redefineModule(
        Object.class.getModule(),
        Set.of(),
        Map.of(internal, Set.of(LastHook.class.getModule())),
        Map.of(),
        Set.of(),
        Map.of());
    Object access =
        Class.forName(internal + ".SharedSecrets").getMethod("getJavaLangAccess").invoke(null);
    Class.forName(internal + ".JavaLangAccess")
        .getMethod("registerShutdownHook", int.class, boolean.class, Runnable.class)
        .invoke(access, SLOT, false, task);
  }
}
