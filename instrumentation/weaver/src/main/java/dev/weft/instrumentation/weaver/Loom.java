package dev.weft.instrumentation.weaver;

import dev.weft.instrumentation.api.CallSubstitution;
import dev.weft.instrumentation.api.Instrumentation;
import dev.weft.instrumentation.api.MethodInstrumentation;
import dev.weft.instrumentation.api.TypeInstrumentation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import net.bytebuddy.ClassFileVersion;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.asm.AsmVisitorWrapper;
import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.dynamic.ClassFileLocator;
import net.bytebuddy.dynamic.scaffold.TypeInitializer;
import net.bytebuddy.implementation.Implementation;
import net.bytebuddy.implementation.auxiliary.AuxiliaryType;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.matcher.ElementMatcher;
import net.bytebuddy.pool.TypePool;
import net.bytebuddy.utility.OpenedClassReader;
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

    List<AsmVisitorWrapper> changes = new ArrayList<>();
    for (MethodInstrumentation method : instrumentation.methods()) {
      if (accepts(type, method.method())) {
        changes.add(advice(module, method, pool, classFiles));
      } else if (method.required()) {
        throw new UnexpectedLibraryException(
            typeName + " has no method for " + method.adviceClass());
      }
    }
    List<CallReplacement> replacements = new ArrayList<>();
    for (CallSubstitution call : instrumentation.calls()) {
      CallReplacement replacement = new CallReplacement(module.name(), call);
      replacements.add(replacement);
      changes.add(replacement.within());
    }
    byte[] woven = apply(changes, type, pool, classFile);
    for (CallReplacement replacement : replacements) {
      replacement.requireDone(typeName);
    }
    return woven;
  }

  private static AsmVisitorWrapper advice(
      Catalog.Module module,
      MethodInstrumentation method,
      TypePool pool,
      ClassFileLocator classFiles) {
    TypeDescription adviceClass = pool.describe(method.adviceClass()).resolve();
    Advice advice = AdviceCall.advice().to(adviceClass, classFiles);
    return new AsmVisitorWrapper.ForDeclaredMethods()
        .invokable(
            method.method(),
            (type, woven, visitor, context, types, writerFlags, readerFlags) ->
                advice.wrap(
                    type,
                    woven,
                    new AdviceCall(module.name(), adviceClass, visitor),
                    context,
                    types,
                    writerFlags,
                    readerFlags));
  }

  /** Straight through ASM: ByteBuddy's builders would double what is loaded to weave one class. */
  private static byte[] apply(
      List<AsmVisitorWrapper> changes, TypeDescription type, TypePool pool, byte[] classFile) {
    ClassReader reader = OpenedClassReader.of(classFile);
    ClassWriter writer = new ClassWriter(reader, 0);
    ClassFileVersion version = ClassFileVersion.ofClassFile(classFile);
    Implementation.Context context =
        Implementation.Context.Disabled.Factory.INSTANCE.make(
            type,
            new AuxiliaryType.NamingStrategy.Suffixing("weft"),
            TypeInitializer.None.INSTANCE,
            version,
            version,
            Implementation.Context.FrameGeneration.GENERATE);
    ClassVisitor visitor = new DynamicInvocationVersion(writer);
    for (AsmVisitorWrapper change : changes) {
      visitor =
          change.wrap(
              type,
              visitor,
              context,
              pool,
              type.getDeclaredFields(),
              type.getDeclaredMethods(),
              0,
              0);
    }
    reader.accept(visitor, 0);
    return writer.toByteArray();
  }

  /**
   * Lifts a class file of Java 6 to the first version with {@code invokedynamic}. Its code has the
   * stack maps that the newer version insists on; that of older ones has not.
   */
  private static final class DynamicInvocationVersion extends ClassVisitor {

    DynamicInvocationVersion(ClassVisitor next) {
      super(OpenedClassReader.ASM_API, next);
    }

    @Override
    public void visit(
        int version,
        int access,
        String name,
        @Nullable String signature,
        @Nullable String superName,
        String @Nullable [] interfaces) {
      int major = version & 0xffff;
      if (major < Opcodes.V1_6) {
        throw new UnexpectedLibraryException(name + " is compiled for Java 5 or older");
      }
      super.visit(
          major == Opcodes.V1_6 ? Opcodes.V1_7 : version,
          access,
          name,
          signature,
          superName,
          interfaces);
    }
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
}
