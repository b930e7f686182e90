package dev.weft.agent;

import dev.weft.instrumentation.weaver.Catalog;
import java.lang.instrument.Instrumentation;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What this JVM does about an ahead-of-time cache (JEP 483, JEP 514). A class that was woven is
 * left out of the cache, and a cache without a class that the JVM itself starts with crashes it.
 */
enum AotCache {
  /** Nothing, or it starts from one. */
  NONE,

  /** It runs the application to find out what belongs into one. */
  TRAINING,

  /** It makes one of what was found out; it starts agents, but no application. */
  ASSEMBLY;

  private static final int FIRST_JAVA = 24;

  /** Those woven, of all that the JVM starts with. */
  private static final Set<String> STARTED_WITH = Set.of("java.lang.VirtualThread");

  static AotCache of(Instrumentation jvm) throws ReflectiveOperationException {
    if (Runtime.version().feature() < FIRST_JAVA) {
      return NONE;
    }
    // All options, wherever they were found. The public way to ask starts JMX, which is the
    // application's to start.
    Map<String, Set<Module>> shown =
        Map.of("jdk.internal.misc", Set.of(AotCache.class.getModule()));
    jvm.redefineModule(Object.class.getModule(), Set.of(), shown, Map.of(), Set.of(), Map.of());
    Object options =
        Class.forName("jdk.internal.misc.VM").getMethod("getRuntimeArguments").invoke(null);
    return of(options == null ? List.of() : List.of((String[]) options));
  }

  static AotCache of(List<String> options) {
    if (options.contains("-XX:AOTMode=create")) {
      return ASSEMBLY;
    }
    return options.contains("-XX:AOTMode=record")
            || options.stream().anyMatch(option -> option.startsWith("-XX:AOTCacheOutput="))
        ? TRAINING
        : NONE;
  }

  /** What may be woven. */
  Catalog restrict(Catalog catalog) {
    return this == NONE
        ? catalog
        : new Catalog(catalog.modules().stream().map(AotCache::restrict).toList());
  }

  private static Catalog.Module restrict(Catalog.Module module) {
    return new Catalog.Module(
        module.name(),
        module.className(),
        module.opens(),
        module.types().stream().filter(type -> !STARTED_WITH.contains(type)).toList());
  }
}
