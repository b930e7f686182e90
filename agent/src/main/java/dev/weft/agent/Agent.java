package dev.weft.agent;

import dev.weft.agent.logging.Level;
import dev.weft.agent.logging.Logger;
import dev.weft.instrumentation.weaver.Catalog;
import dev.weft.instrumentation.weaver.Weaver;
import java.io.IOException;
import java.io.InputStream;
import java.lang.instrument.Instrumentation;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.ServiceLoader;

/** The agent, from here on in its own class loader and on Java 17 or later. */
public final class Agent {

  private static final Logger log = Logger.getLogger(Agent.class.getName());

  private Agent() {}

  /**
   * Weaves and starts the workload. Called by the premain class; returns before the workload is
   * ready.
   */
  public static void start(Instrumentation jvm) throws IOException, ReflectiveOperationException {
    ClassLoader loader = Agent.class.getClassLoader();
    Weaver.install(jvm, loader, enabled(catalog(loader)));
    Thread starter = new Thread(null, () -> startWorkload(loader), "weft-start");
    starter.setDaemon(true);
    starter.setContextClassLoader(loader);
    starter.start();
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
    return new Catalog(
        catalog.modules().stream().filter(module -> isEnabled(module.name())).toList());
  }

  private static boolean isEnabled(String module) {
    return Settings.isTrue(
        "WEFT_INSTRUMENTATION_" + module.toUpperCase(Locale.ROOT).replace('-', '_') + "_ENABLED",
        true);
  }

  private static void startWorkload(ClassLoader loader) {
    try {
      for (Workload workload : ServiceLoader.load(Workload.class, loader)) {
        Runtime.getRuntime().addShutdownHook(new Thread(null, workload::close, "weft-stop"));
        workload.start();
      }
    } catch (Throwable e) {
      log.log(Level.SEVERE, "the workload didn't start; the application runs outside the mesh", e);
    }
  }
}
