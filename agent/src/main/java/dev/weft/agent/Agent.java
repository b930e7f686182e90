package dev.weft.agent;

import dev.weft.agent.logging.Level;
import dev.weft.agent.logging.Logger;
import dev.weft.instrumentation.weaver.Catalog;
import dev.weft.instrumentation.weaver.Weaver;
import dev.weft.workload.Settings;
import java.io.IOException;
import java.io.InputStream;
import java.lang.instrument.Instrumentation;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/** The agent, from here on in its own class loader and on Java 17 or later. */
public final class Agent {

  private static final Logger log = Logger.getLogger(Agent.class.getName());

  private static final String SWITCH = "WEFT_INSTRUMENTATION_";
  private static final String SWITCHED = "_ENABLED";

  private Agent() {}

  /**
   * Starts the workload and weaves it in. Called by the premain class.
   *
   * <p>A workload that doesn't start leaves the application outside the mesh, unless nothing is to
   * come in from outside it: then the guards are woven all the same and, finding no mesh, refuse.
   */
  public static void start(Instrumentation jvm) throws IOException, ReflectiveOperationException {
    AotCache cache = AotCache.of(jvm);
    if (cache == AotCache.ASSEMBLY) {
      return;
    }
    LibraryUnsafe.open(jvm);
    ClassLoader loader = Agent.class.getClassLoader();
    Workload workload = startWorkload(jvm, loader);
    if (workload != null || isStrictInitially()) {
      Weaver weaver =
          Weaver.install(
              jvm,
              loader,
              cache.restrict(enabled(catalog(loader))),
              workload == null ? () -> {} : workload::awaitListening);
      if (workload != null) {
        workload.woven(weaver::failures);
      }
    }
  }

  private static Catalog catalog(ClassLoader loader) throws IOException {
    try (InputStream in = loader.getResourceAsStream(Catalog.RESOURCE)) {
      if (in == null) {
        throw new IOException("the agent's jar has no " + Catalog.RESOURCE);
      }
      return Catalog.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  private static Catalog enabled(Catalog catalog) {
    System.getenv().keySet().stream()
        .filter(name -> name.startsWith(SWITCH) && name.endsWith(SWITCHED))
        .filter(name -> catalog.modules().stream().noneMatch(it -> name.equals(of(it.name()))))
        .forEach(name -> log.log(Level.WARNING, name + " switches no module that there is"));
    return new Catalog(
        catalog.modules().stream().filter(module -> isEnabled(module.name())).toList());
  }

  private static boolean isEnabled(String module) {
    return Settings.ofProcess().isOn(of(module), problem -> log.log(Level.WARNING, problem));
  }

  /** The variable that switches a module. */
  private static String of(String module) {
    return SWITCH + module.toUpperCase(Locale.ROOT).replace('-', '_') + SWITCHED;
  }

  /** Anything but a clear word for the opposite. */
  private static boolean isStrictInitially() {
    return !Settings.ofProcess()
        .get("WEFT_INBOUND_INITIAL", "permissive")
        .equalsIgnoreCase("permissive");
  }

  private static @Nullable Workload startWorkload(Instrumentation jvm, ClassLoader loader) {
    try {
      Workload workload = ServiceLoader.load(Workload.class, loader).findFirst().orElseThrow();
      Runtime.getRuntime().addShutdownHook(draining(workload, loader));
      closeLast(jvm, workload);
      workload.start();
      return workload;
    } catch (Throwable e) {
      log.log(Level.SEVERE, "the workload didn't start; the application is not in the mesh", e);
      return null;
    }
  }

  /**
   * Threads that wait in native code, for a connection say, hold up the JVM's halt by 300 ms; and
   * what the application's hooks did last is still to be exported.
   */
  private static void closeLast(Instrumentation jvm, Workload workload) {
    try {
      LastHook.register(jvm, workload::close);
    } catch (ReflectiveOperationException | RuntimeException e) {
      log.log(Level.FINE, "nothing is done after the last shutdown hook", e);
    }
  }

  private static Thread draining(Workload workload, ClassLoader loader) {
    Thread thread = new Thread(null, workload::drain, "weft-drain");
    thread.setContextClassLoader(loader);
    return thread;
  }
}
