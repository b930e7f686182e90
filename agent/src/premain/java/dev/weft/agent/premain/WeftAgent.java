package dev.weft.agent.premain;

import java.io.File;
import java.lang.instrument.Instrumentation;
import java.lang.reflect.InvocationTargetException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * What {@code -javaagent} starts. Whatever goes wrong here, the application starts; unless it is to
 * be strict from the first connection on, for then it would be open.
 */
public final class WeftAgent {

  private static final int OLDEST_JAVA = 17;
  private static final AtomicBoolean STARTED = new AtomicBoolean();

  private WeftAgent() {}

  /** Called by the JVM before the application's main class, once for each {@code -javaagent}. */
  public static void premain(@Nullable String arguments, Instrumentation jvm) {
    try {
      if (isJdkTool(System.getProperty("jdk.module.main"), System.getProperty("sun.java.command"))
          || !isEnabled()) {
        return;
      }
      String version = System.getProperty("java.specification.version");
      if (!isSupported(version)) {
        say("not started: Java " + version + " is too old, it takes " + OLDEST_JAVA);
        exitIfStrict();
      } else if (!STARTED.compareAndSet(false, true)) {
        say("is on the command line more than once; one is enough");
      } else {
        File jar =
            new File(WeftAgent.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        new AgentClassLoader(jar)
            .loadClass("dev.weft.agent.Agent")
            .getMethod("start", Instrumentation.class)
            .invoke(null, jvm);
      }
    } catch (Throwable e) {
      Throwable cause = e instanceof InvocationTargetException ? e.getCause() : e;
      say("not started: " + cause);
      (cause == null ? e : cause).printStackTrace();
      exitIfStrict();
    }
  }

  private static void exitIfStrict() {
    if (isStrict(setting("weft.inbound.initial", "WEFT_INBOUND_INITIAL"))) {
      say("WEFT_INBOUND_INITIAL is strict, so the application isn't started without a guard");
      System.exit(1);
    }
  }

  /** Anything but a clear word for the opposite. */
  static boolean isStrict(@Nullable String initial) {
    return initial != null && !initial.trim().equalsIgnoreCase("permissive");
  }

  /**
   * Whether this JVM runs a program of the JDK (keytool, jps, javac, jshell …), which all inherit
   * {@code JAVA_TOOL_OPTIONS} in a container. Such a program's main module is the JDK's, except
   * that {@code java Some.java} starts an application through the compiler.
   */
  static boolean isJdkTool(@Nullable String mainModule, @Nullable String command) {
    if (command == null) {
      return false;
    }
    if (mainModule != null) {
      return (mainModule.startsWith("jdk.") || mainModule.startsWith("java."))
          && !command.startsWith("jdk.compiler/com.sun.tools.javac.launcher.");
    }
    return command.startsWith("jdk.jshell.execution.")
        || command.startsWith("sun.tools.")
        || command.startsWith("sun.security.tools.")
        || command.startsWith("com.sun.tools.");
  }

  /** Whether {@code java.specification.version} is one that the agent runs on. */
  static boolean isSupported(String version) {
    return !version.startsWith("1.") && Integer.parseInt(version) >= OLDEST_JAVA;
  }

  private static boolean isEnabled() {
    String enabled = setting("weft.enabled", "WEFT_ENABLED");
    if (enabled == null || enabled.trim().equalsIgnoreCase("true")) {
      return true;
    }
    if (!enabled.trim().equalsIgnoreCase("false")) {
      say("WEFT_ENABLED=" + enabled + ": expected true or false; using true");
      return true;
    }
    return false;
  }

  private static @Nullable String setting(String property, String variable) {
    String value = System.getProperty(property);
    if (value == null || value.isEmpty()) {
      value = System.getenv(variable);
    }
    return value == null || value.isEmpty() ? null : value;
  }

  private static void say(String message) {
    System.err.println("[weft] " + message);
  }
}
