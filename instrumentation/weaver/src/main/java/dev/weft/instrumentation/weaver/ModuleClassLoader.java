package dev.weft.instrumentation.weaver;

import java.io.IOException;
import java.io.InputStream;
import java.lang.instrument.Instrumentation;
import java.net.URL;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One instrumentation module beside one class loader of its library. It defines the module's own
 * classes; the engine and the API come from the agent, all else from the library's class loader.
 */
final class ModuleClassLoader extends ClassLoader {

  static {
    registerAsParallelCapable();
  }

  private final ClassLoader agentLoader;
  private final String modulePrefix;

  ModuleClassLoader(Catalog.Module module, ClassLoader agentLoader, @Nullable ClassLoader library) {
    super(
        "weft-" + module.name(), library == null ? ClassLoader.getPlatformClassLoader() : library);
    this.agentLoader = agentLoader;
    this.modulePrefix = module.packageName() + '.';
  }

  /** Opens the packages, written {@code module/package}, to this class loader's classes. */
  void open(Instrumentation jvm, Set<String> packages) {
    Set<java.lang.Module> self = Set.of(getUnnamedModule());
    Map<String, Map<String, Set<java.lang.Module>>> byModule = new HashMap<>();
    for (String modulePackage : packages) {
      int slash = modulePackage.indexOf('/');
      byModule
          .computeIfAbsent(modulePackage.substring(0, slash), key -> new HashMap<>())
          .put(modulePackage.substring(slash + 1), self);
    }
    byModule.forEach(
        (name, opened) ->
            ModuleLayer.boot()
                .findModule(name)
                .ifPresent(
                    module ->
                        jvm.redefineModule(module, Set.of(), opened, opened, Set.of(), Map.of())));
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    if (name.startsWith(modulePrefix)) {
      synchronized (getClassLoadingLock(name)) {
        Class<?> loaded = findLoadedClass(name);
        return loaded == null ? findClass(name) : loaded;
      }
    }
    if (name.startsWith("dev.weft.engine.") || name.startsWith("dev.weft.instrumentation.api.")) {
      return agentLoader.loadClass(name);
    }
    return super.loadClass(name, resolve);
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    if (!name.startsWith(modulePrefix)) {
      throw new ClassNotFoundException(name);
    }
    try (InputStream in = agentLoader.getResourceAsStream(name.replace('.', '/') + ".class")) {
      if (in == null) {
        throw new ClassNotFoundException(name);
      }
      byte[] classFile = in.readAllBytes();
      return defineClass(name, classFile, 0, classFile.length);
    } catch (IOException e) {
      throw new ClassNotFoundException(name, e);
    }
  }

  @Override
  public @Nullable URL getResource(String name) {
    return name.startsWith(modulePrefix.replace('.', '/'))
        ? agentLoader.getResource(name)
        : super.getResource(name);
  }
}
