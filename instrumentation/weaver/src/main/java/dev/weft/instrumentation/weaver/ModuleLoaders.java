package dev.weft.instrumentation.weaver;

import java.lang.instrument.Instrumentation;
import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The class loaders of the modules, one for each module and class loader of its library.
 *
 * <p>Nothing here keeps an application's class loader alive: a module's class loader, which does,
 * is held weakly here and otherwise only by the woven classes that were linked to it.
 */
final class ModuleLoaders {

  private static final Logger log = Logger.getLogger(ModuleLoaders.class.getName());

  private final Instrumentation jvm;
  private final ClassLoader agentLoader;
  private final Map<String, Catalog.Module> modules = new HashMap<>();
  private final Beside besideBoot = new Beside();

  /**
   * By the class loader's unnamed module: class loaders may have an {@code equals} of their own.
   */
  private final Map<Module, Beside> besides = new WeakHashMap<>();

  /** What is known about one class loader of the application; guarded by the outer object. */
  private static final class Beside {
    final Map<String, WeakReference<ModuleClassLoader>> loaders = new HashMap<>();
    final Set<String> staysOut = new HashSet<>();
    final Map<String, Set<String>> woven = new HashMap<>();

    Set<String> woven(String moduleName) {
      return woven.computeIfAbsent(moduleName, key -> new HashSet<>());
    }
  }

  ModuleLoaders(Instrumentation jvm, ClassLoader agentLoader, Catalog catalog) {
    this.jvm = jvm;
    this.agentLoader = agentLoader;
    catalog.modules().forEach(module -> modules.put(module.name(), module));
  }

  /** The module's class loader beside {@code library}, made when first asked for. */
  ClassLoader of(String moduleName, @Nullable ClassLoader library) {
    Catalog.Module module = modules.get(moduleName);
    if (module == null) {
      throw new IllegalArgumentException("no module " + moduleName);
    }
    synchronized (this) {
      Beside beside = beside(library);
      WeakReference<ModuleClassLoader> reference = beside.loaders.get(moduleName);
      ModuleClassLoader loader = reference == null ? null : reference.get();
      if (loader == null) {
        loader = new ModuleClassLoader(module, agentLoader, library);
        loader.open(jvm, module.opens());
        beside.loaders.put(moduleName, new WeakReference<>(loader));
      }
      return loader;
    }
  }

  /**
   * Leaves {@code library} alone as far as the module goes, and says so once.
   *
   * @param typeName of the library; what couldn't be woven
   */
  void stayOut(String moduleName, @Nullable ClassLoader library, String typeName, Throwable why) {
    synchronized (this) {
      if (!beside(library).staysOut.add(moduleName)) {
        return;
      }
    }
    if (why instanceof UnexpectedLibraryException) {
      log.warning(
          moduleName + " stays out: " + why.getMessage() + ". Is the library's version known?");
    } else {
      log.log(Level.WARNING, moduleName + " stays out: couldn't weave " + typeName, why);
    }
  }

  synchronized boolean staysOut(String moduleName, @Nullable ClassLoader library) {
    return beside(library).staysOut.contains(moduleName);
  }

  /** A type beside {@code library} has the module's advice, or, after all, has not. */
  synchronized void woven(
      String moduleName, @Nullable ClassLoader library, String typeName, boolean woven) {
    Set<String> types = beside(library).woven(moduleName);
    if (woven) {
      types.add(typeName);
    } else {
      types.remove(typeName);
    }
  }

  synchronized boolean isWoven(String moduleName, @Nullable ClassLoader library, String typeName) {
    return beside(library).woven(moduleName).contains(typeName);
  }

  private Beside beside(@Nullable ClassLoader library) {
    return library == null
        ? besideBoot
        : besides.computeIfAbsent(library.getUnnamedModule(), key -> new Beside());
  }
}
