package dev.weft.instrumentation.weaver;

import dev.weft.instrumentation.api.AdviceFailures;
import dev.weft.instrumentation.api.WovenTypes;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.lang.ref.WeakReference;
import java.security.ProtectionDomain;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Sees every class that is loaded and weaves the few that an instrumentation module names.
 *
 * <p>A class that no module names costs one look into a hash map. ASM and the modules are loaded
 * when the first class matches.
 */
public final class Weaver implements ClassFileTransformer {

  /** How long a class that was just handed to us may take to be loaded, and how often to look. */
  private static final long LOADING_NANOS = 10_000_000_000L;

  private static final long PAUSE_NANOS = 20_000_000;

  private final Instrumentation jvm;
  private final ClassLoader agentLoader;
  private final Map<String, List<Catalog.Module>> modulesByInternalName;
  private final ModuleLoaders loaders;
  private final Failures failures = new Failures();
  private final Pause beforeConcurrency;

  /** Whether this thread is weaving: classes that weaving itself loads are woven afterwards. */
  private final ThreadLocal<Boolean> weaving = new ThreadLocal<>();

  /** What has to be woven once it is loaded. */
  private final Queue<Missed> missed = new ConcurrentLinkedQueue<>();

  private volatile @Nullable Loom loom;

  /** A class of {@code library}; of the JDK's own class loader if that is null. */
  private record Missed(String typeName, @Nullable WeakReference<ClassLoader> library) {

    static Missed of(String typeName, @Nullable ClassLoader library) {
      return new Missed(typeName, library == null ? null : new WeakReference<>(library));
    }

    boolean is(Class<?> type) {
      return type.getName().equals(typeName)
          && type.getClassLoader() == (library == null ? null : library.get());
    }

    boolean isGone() {
      return library != null && library.get() == null;
    }
  }

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
      WovenTypes.keptBy(weaver.new Keeper());
      AdviceFailures.reportedTo(weaver.failures);
      JavaBase.install(jvm, new Linker(weaver.loaders, weaver.failures));
      jvm.addTransformer(weaver, true);
      weaver.weaveLoaded();
    }
    return weaver;
  }

  /** How often advice has thrown or told of a failure, or couldn't be linked. */
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
    retransform(now);
    if (!later.isEmpty()) {
      inBackground(
          () -> {
            try {
              beforeConcurrency.await();
              retransform(later);
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });
    }
  }

  private void inBackground(Runnable work) {
    Thread thread = new Thread(null, work, "weft-weaver", 0, false);
    thread.setDaemon(true);
    thread.setContextClassLoader(agentLoader);
    thread.start();
  }

  /** All at once, as each time stops the JVM's threads; one by one if there is a bad one. */
  private void retransform(List<Class<?>> types) {
    if (types.isEmpty()) {
      return;
    }
    try {
      jvm.retransformClasses(types.toArray(new Class<?>[0]));
    } catch (Throwable e) {
      if (types.size() > 1) {
        for (Class<?> type : types) {
          retransform(List.of(type));
        }
      } else {
        Class<?> type = types.get(0);
        stayOut(type.getName(), type.getClassLoader(), e);
      }
    }
  }

  private void stayOut(String typeName, @Nullable ClassLoader library, Throwable why) {
    for (Catalog.Module module : modulesOf(typeName)) {
      loaders.woven(module.name(), library, typeName, false);
      loaders.stayOut(module.name(), library, typeName, why);
    }
  }

  private List<Catalog.Module> modulesOf(String typeName) {
    return modulesByInternalName.getOrDefault(typeName.replace('.', '/'), List.of());
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
    String typeName = internalName.replace('/', '.');
    // What is loaded already can't be needed for its own weaving, and must not lose its advice.
    boolean within = weaving.get() != null;
    if (within && redefined == null) {
      missed.add(Missed.of(typeName, loader));
      return null;
    }
    byte[] woven = null;
    try {
      weaving.set(true);
      woven = loom().weave(modules, loader, typeName, classFile);
    } catch (Throwable e) {
      // Another agent may have us called while a class that weaving needs is being loaded.
      if (redefined == null) {
        missed.add(Missed.of(typeName, loader));
      } else {
        stayOut(typeName, loader, e);
      }
    } finally {
      if (!within) {
        weaving.remove();
      }
    }
    if (!within && !missed.isEmpty()) {
      weaveMissed();
    }
    return woven;
  }

  private void weaveMissed() {
    List<Missed> waiting = new ArrayList<>();
    for (Missed one = missed.poll(); one != null; one = missed.poll()) {
      waiting.add(one);
    }
    try {
      inBackground(() -> weaveOnceLoaded(waiting));
    } catch (Throwable e) {
      missed.addAll(waiting); // no thread to be had: with the next class that is woven
    }
  }

  /** It is the second attempt for each; what fails now stays out. */
  private void weaveOnceLoaded(List<Missed> waiting) {
    long deadline = System.nanoTime() + LOADING_NANOS;
    while (true) {
      List<Class<?>> loaded = new ArrayList<>();
      for (Class<?> type : jvm.getAllLoadedClasses()) {
        if (waiting.removeIf(one -> one.is(type))) {
          loaded.add(type);
        }
      }
      retransform(loaded);
      waiting.removeIf(Missed::isGone);
      if (waiting.isEmpty()) {
        return;
      }
      if (System.nanoTime() > deadline) {
        for (Missed one : waiting) {
          stayOut(
              one.typeName(),
              one.library() == null ? null : one.library().get(),
              new IllegalStateException("not loaded in time to be woven"));
        }
        return;
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  /** Answers modules. */
  private final class Keeper implements WovenTypes.Keeper {

    @Override
    public boolean contains(Class<?> type) {
      List<Catalog.Module> modules = modulesOf(type.getName());
      for (Catalog.Module module : modules) {
        if (!loaders.isWoven(module.name(), type.getClassLoader(), type.getName())) {
          return false;
        }
      }
      return !modules.isEmpty();
    }

    @Override
    public boolean containsAll(String moduleName, @Nullable ClassLoader library) {
      for (Map.Entry<String, List<Catalog.Module>> type : modulesByInternalName.entrySet()) {
        for (Catalog.Module module : type.getValue()) {
          if (module.name().equals(moduleName)
              && !isThere(type.getKey().replace('/', '.'), library)) {
            return false;
          }
        }
      }
      return true;
    }

    private boolean isThere(String typeName, @Nullable ClassLoader library) {
      try {
        return contains(Class.forName(typeName, false, library));
      } catch (ClassNotFoundException | LinkageError e) {
        return false;
      }
    }
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
