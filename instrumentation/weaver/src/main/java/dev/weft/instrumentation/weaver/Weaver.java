package dev.weft.instrumentation.weaver;

import java.io.IOException;
import java.io.InputStream;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.security.ProtectionDomain;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Sees every class that is loaded and weaves the few that an instrumentation module names.
 *
 * <p>A class that no module names costs one look into a hash map. ByteBuddy and the modules are
 * loaded when the first class matches.
 */
public final class Weaver implements ClassFileTransformer {

  private static final Logger log = Logger.getLogger(Weaver.class.getName());

  private final Instrumentation jvm;
  private final ClassLoader agentLoader;
  private final Map<String, List<Catalog.Module>> modulesByInternalName;
  private final ModuleLoaders loaders;
  private final Failures failures = new Failures();
  private final Pause beforeConcurrency;

  /** Whether this thread is weaving: classes that weaving itself loads are woven afterwards. */
  private final ThreadLocal<Boolean> weaving = new ThreadLocal<>();

  private final Queue<String> missed = new ConcurrentLinkedQueue<>();
  private volatile @Nullable Loom loom;

  private Weaver(
      Instrumentation jvm, ClassLoader agentLoader, Catalog catalog, Pause beforeConcurrency) {
    this.jvm = jvm;
    this.beforeConcurrency = beforeConcurrency;
    this.agentLoader = agentLoader;
    this.modulesByInternalName = new HashMap<>();
    for (Catalog.Module module : catalog.modules()) {
      for (String type : module.types()) {
        modulesByInternalName
            .computeIfAbsent(type.replace('.', '/'), key -> new ArrayList<>())
            .add(module);
      }
    }
    this.loaders = new ModuleLoaders(jvm, agentLoader, catalog);
  }

  /** Blocks until there is time for something. */
  @FunctionalInterface
  public interface Pause {
    void await() throws InterruptedException;
  }

  /** As below, with no pause. */
  public static Weaver install(Instrumentation jvm, ClassLoader agentLoader, Catalog catalog)
      throws ReflectiveOperationException {
    return install(jvm, agentLoader, catalog, () -> {});
  }

  /**
   * Weaves from now on. Returns when the classes of interest that were loaded already are woven
   * too, save those of {@code java.util.concurrent}: of them there are many, nothing is lost
   * meanwhile but the context of some tasks, and a thread of its own does them.
   *
   * @param agentLoader where the modules, the engine and this class are found
   * @param beforeConcurrency what that thread waits for
   */
  public static Weaver install(
      Instrumentation jvm, ClassLoader agentLoader, Catalog catalog, Pause beforeConcurrency)
      throws ReflectiveOperationException {
    Weaver weaver = new Weaver(jvm, agentLoader, catalog, beforeConcurrency);
    if (!catalog.modules().isEmpty()) {
      readOneOfTheJdks();
      JavaBase.install(jvm, new Linker(weaver.loaders, weaver.failures));
      jvm.addTransformer(weaver, true);
      weaver.weaveLoaded();
    }
    return weaver;
  }

  /**
   * Loads what reads class files of the JDK. Loaded first while another agent transforms a class,
   * it would be asked for within its own loading, and what is woven then would stay unwoven.
   */
  private static void readOneOfTheJdks() {
    try (InputStream in = ClassLoader.getSystemResourceAsStream("java/lang/Object.class")) {
      int unused = in == null ? -1 : in.read();
    } catch (IOException e) {
      // Then weaving will say so.
    }
  }

  /** How often advice has thrown, or couldn't be linked. */
  public long failures() {
    return failures.count();
  }

  private void weaveLoaded() {
    List<Class<?>> now = new ArrayList<>();
    List<Class<?>> later = new ArrayList<>();
    for (Class<?> type : jvm.getAllLoadedClasses()) {
      String name = type.getName();
      if (modulesByInternalName.containsKey(name.replace('.', '/'))) {
        (name.startsWith("java.util.concurrent.") ? later : now).add(type);
      }
    }
    now.forEach(this::retransform);
    inBackground(later, beforeConcurrency);
  }

  private void inBackground(List<Class<?>> types, Pause before) {
    if (!types.isEmpty()) {
      Runnable work =
          () -> {
            try {
              before.await();
              types.forEach(this::retransform);
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          };
      Thread thread = new Thread(null, work, "weft-weaver", 0, false);
      thread.setDaemon(true);
      thread.setContextClassLoader(agentLoader);
      thread.start();
    }
  }

  private void retransform(Class<?> type) {
    try {
      jvm.retransformClasses(type);
    } catch (Throwable e) {
      log.log(Level.WARNING, "couldn't weave into the loaded class " + type.getName(), e);
    }
  }

  @Override
  @SuppressWarnings("ReturnsNullArray") // the contract: null is "unchanged"
  public byte @Nullable [] transform(
      @Nullable ClassLoader loader,
      @Nullable String internalName,
      @Nullable Class<?> redefined,
      @Nullable ProtectionDomain domain,
      byte[] classFile) {
    List<Catalog.Module> modules = modulesByInternalName.get(internalName);
    if (modules == null
        || internalName == null
        || loader == agentLoader
        || loader instanceof ModuleClassLoader) {
      return null;
    }
    if (weaving.get() != null) {
      missed.add(internalName.replace('/', '.'));
      return null;
    }
    weaving.set(true);
    try {
      return loom().weave(modules, loader, internalName.replace('/', '.'), classFile);
    } catch (Throwable e) {
      log.log(Level.WARNING, "couldn't weave into " + internalName, e);
      return null;
    } finally {
      weaving.remove();
      if (!missed.isEmpty()) {
        weaveMissed();
      }
    }
  }

  private void weaveMissed() {
    List<String> names = new ArrayList<>();
    for (String name = missed.poll(); name != null; name = missed.poll()) {
      names.add(name);
    }
    List<Class<?>> types = new ArrayList<>();
    for (Class<?> type : jvm.getAllLoadedClasses()) {
      if (names.contains(type.getName())) {
        types.add(type);
      }
    }
    inBackground(types, () -> {});
  }

  /** No lock of an application's class loader is ever waited for under this one. */
  private Loom loom() {
    Loom made = loom;
    if (made == null) {
      synchronized (this) {
        made = loom;
        if (made == null) {
          made = new Loom(agentLoader, loaders);
          loom = made;
        }
      }
    }
    return made;
  }
}
