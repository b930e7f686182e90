package dev.weft.instrumentation.weaver;

import dev.weft.instrumentation.api.CallSubstitution;
import dev.weft.instrumentation.api.Instrumentation;
import dev.weft.instrumentation.api.MethodInstrumentation;
import dev.weft.instrumentation.api.OnFailure;
import dev.weft.instrumentation.api.TypeInstrumentation;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import net.bytebuddy.ByteBuddy;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.asm.AsmVisitorWrapper;
import net.bytebuddy.description.annotation.AnnotationDescription;
import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.dynamic.ClassFileLocator;
import net.bytebuddy.dynamic.DynamicType;
import net.bytebuddy.dynamic.TypeResolutionStrategy;
import net.bytebuddy.dynamic.scaffold.TypeValidation;
import net.bytebuddy.implementation.Implementation;
import net.bytebuddy.matcher.ElementMatcher;
import net.bytebuddy.matcher.ElementMatchers;
import net.bytebuddy.pool.TypePool;
import net.bytebuddy.utility.JavaConstant;
import org.jspecify.annotations.Nullable;

/**
 * Weaves a module's advice into a class file. All of ByteBuddy is behind this class.
 *
 * <p>Classes are read, never loaded, and get neither fields nor methods, so that what was loaded
 * already can be woven too.
 */
final class Loom {

  private static final Logger log = Logger.getLogger(Loom.class.getName());

  private final ClassLoader agentLoader;
  private final ModuleLoaders loaders;
  private final ByteBuddy byteBuddy =
      new ByteBuddy()
          .with(TypeValidation.DISABLED)
          .with(Implementation.Context.Disabled.Factory.INSTANCE);
  private final Linkage linkage = new Linkage();
  private final Map<String, Map<String, TypeInstrumentation>> typesByModule =
      new ConcurrentHashMap<>();

  Loom(ClassLoader agentLoader, ModuleLoaders loaders) {
    this.agentLoader = agentLoader;
    this.loaders = loaders;
  }

  /** The class file with the modules' advice; null if it stays as it is. */
  @SuppressWarnings("ReturnsNullArray") // the JDK's contract, passed on
  byte @Nullable [] weave(
      List<Catalog.Module> modules,
      @Nullable ClassLoader library,
      String typeName,
      byte[] classFile) {
    byte[] woven = null;
    for (Catalog.Module module : modules) {
      if (loaders.staysOut(module.name(), library)) {
        continue;
      }
      try {
        woven = weave(module, library, typeName, woven == null ? classFile : woven);
      } catch (UnexpectedLibraryException e) {
        if (loaders.stayOut(module.name(), library)) {
          log.warning(
              module.name()
                  + " stays out: "
                  + e.getMessage()
                  + ". Is the library's version known?");
        }
      } catch (RuntimeException | LinkageError e) {
        if (loaders.stayOut(module.name(), library)) {
          log.log(Level.WARNING, module.name() + " stays out: couldn't weave " + typeName, e);
        }
      }
    }
    return woven;
  }

  private byte[] weave(
      Catalog.Module module, @Nullable ClassLoader library, String typeName, byte[] classFile) {
    ClassFileLocator classFiles =
        new ClassFileLocator.Compound(
            ClassFileLocator.Simple.of(typeName, classFile),
            new ModuleClassFiles(agentLoader, module.packageName()),
            library == null
                ? ClassFileLocator.ForClassLoader.ofPlatformLoader()
                : ClassFileLocator.ForClassLoader.WeaklyReferenced.of(library));
    TypePool pool =
        new TypePool.Default(
            new TypePool.CacheProvider.Simple(),
            classFiles,
            TypePool.Default.ReaderMode.FAST,
            TypePool.Empty.INSTANCE);
    TypeDescription type = pool.describe(typeName).resolve();
    TypeInstrumentation instrumentation = instrumentation(module, typeName);

    DynamicType.Builder<?> builder = byteBuddy.decorate(type, classFiles);
    for (MethodInstrumentation method : instrumentation.methods()) {
      if (accepts(type, method.method())) {
        builder = builder.visit(advice(module, method, pool, classFiles));
      } else if (method.required()) {
        throw new UnexpectedLibraryException(
            typeName + " has no method for " + method.adviceClass());
      }
    }
    CallReplacement[] replacements = new CallReplacement[instrumentation.calls().size()];
    for (int i = 0; i < replacements.length; i++) {
      CallSubstitution call = instrumentation.calls().get(i);
      replacements[i] = new CallReplacement(module.name(), call);
      builder = builder.visit(replacements[i].within());
    }
    byte[] woven = builder.make(TypeResolutionStrategy.Disabled.INSTANCE, pool).getBytes();
    for (CallReplacement replacement : replacements) {
      replacement.requireDone(typeName);
    }
    return woven;
  }

  private AsmVisitorWrapper advice(
      Catalog.Module module,
      MethodInstrumentation method,
      TypePool pool,
      ClassFileLocator classFiles) {
    TypeDescription adviceClass = pool.describe(method.adviceClass()).resolve();
    return Advice.withCustomMapping()
        .with(new Advice.AssignReturned.Factory())
        .bootstrap(linkage.advice, linkage.arguments(module.name()))
        .to(adviceClass, classFiles)
        .on(
            ElementMatchers.<MethodDescription>isMethod()
                .or(ElementMatchers.isConstructor())
                .and(method.method()));
  }

  private static boolean accepts(
      TypeDescription type, ElementMatcher<? super MethodDescription> matcher) {
    return type.getDeclaredMethods().stream()
        .anyMatch(it -> !it.isAbstract() && !it.isNative() && matcher.matches(it));
  }

  private TypeInstrumentation instrumentation(Catalog.Module module, String typeName) {
    TypeInstrumentation found =
        typesByModule.computeIfAbsent(module.name(), key -> types(module)).get(typeName);
    if (found == null) {
      throw new IllegalStateException("the catalog knows " + typeName + ", the module doesn't");
    }
    return found;
  }

  private Map<String, TypeInstrumentation> types(Catalog.Module module) {
    try {
      Instrumentation instrumentation =
          Class.forName(module.className(), true, agentLoader)
              .asSubclass(Instrumentation.class)
              .getDeclaredConstructor()
              .newInstance();
      Map<String, TypeInstrumentation> types = new HashMap<>();
      instrumentation.types().forEach(type -> types.put(type.typeName(), type));
      return types;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("can't make " + module.className(), e);
    }
  }

  /** The bootstrap method for advice, and what it is given. */
  private static final class Linkage {

    private final MethodDescription.InDefinedShape advice;

    Linkage() {
      try {
        advice =
            TypeDescription.ForLoadedType.of(Class.forName(JavaBase.LINKAGE, false, null))
                .getDeclaredMethods()
                .filter(ElementMatchers.named("advice"))
                .getOnly();
      } catch (ClassNotFoundException e) {
        throw new IllegalStateException(e);
      }
    }

    Advice.BootstrapArgumentResolver.Factory arguments(String module) {
      return (adviceMethod, exit) -> {
        AnnotationDescription.Loadable<OnFailure> onFailure =
            adviceMethod.getDeclaredAnnotations().ofType(OnFailure.class);
        List<JavaConstant> arguments =
            List.of(
                JavaConstant.Simple.ofLoaded(module),
                JavaConstant.Simple.ofLoaded(adviceMethod.getDeclaringType().getName()),
                JavaConstant.Simple.ofLoaded(onFailure == null ? "" : onFailure.load().value()));
        return (type, method) -> arguments;
      };
    }
  }
}
