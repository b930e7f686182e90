package dev.weft.instrumentation.weaver;

import dev.weft.instrumentation.api.CallSubstitution;
import dev.weft.instrumentation.api.Instrumentation;
import dev.weft.instrumentation.api.MethodInstrumentation;
import dev.weft.instrumentation.api.MethodMatcher;
import dev.weft.instrumentation.api.TypeInstrumentation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.FieldVisitor;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * Weaves a module's advice into a class file. All of ASM is behind this class.
 *
 * <p>Classes are read, never loaded, and get neither fields nor methods, so that what was loaded
 * already can be woven too.
 *
 * <p>There are no lambdas in it: the first one costs what weaving some ten classes does.
 */
final class Loom {

  private final ClassLoader agentLoader;
  private final ModuleLoaders loaders;
  private final Map<String, Map<String, TypeInstrumentation>> typesByModule =
      new ConcurrentHashMap<>();
  private final Map<String, AdviceClass> adviceClasses = new ConcurrentHashMap<>();

  Loom(ClassLoader agentLoader, ModuleLoaders loaders) {
    this.agentLoader = agentLoader;
    this.loaders = loaders;
  }

  /**
   * The class file with the modules' advice; null if it stays as it is.
   *
   * <p>Where a module stays out, what has its advice keeps it: the class file is the original's,
   * also when a class is woven again.
   *
   * @throws Error if a class of ours couldn't be loaded just now, or for want of memory
   */
  @SuppressWarnings("ReturnsNullArray") // the JDK's contract, passed on
  byte @Nullable [] weave(
      List<Catalog.Module> modules,
      @Nullable ClassLoader library,
      String typeName,
      byte[] classFile) {
    byte[] woven = null;
    for (Catalog.Module module : modules) {
      if (loaders.staysOut(module.name(), library)
          && !loaders.isWoven(module.name(), library, typeName)) {
        continue;
      }
      try {
        woven = weave(module, typeName, woven == null ? classFile : woven);
        loaders.woven(module.name(), library, typeName, true);
      } catch (RuntimeException e) {
        loaders.stayOut(module.name(), library, typeName, e);
      }
    }
    return woven;
  }

  private byte[] weave(Catalog.Module module, String typeName, byte[] classFile) {
    ClassReader reader = new ClassReader(classFile);
    ClassWriter writer = new ClassWriter(reader, 0);
    reader.accept(
        new Weaving(module, instrumentation(module, typeName), writer), ClassReader.EXPAND_FRAMES);
    return writer.toByteArray();
  }

  /** One module's share of one class. Methods that it doesn't name are copied as they are. */
  private final class Weaving extends ClassVisitor {

    private final Catalog.Module module;
    private final TypeInstrumentation type;
    private final Set<MethodInstrumentation> found = new HashSet<>();
    private final List<CallReplacement> replacements = new ArrayList<>();
    private final Map<String, String> fields = new HashMap<>();
    private String internalName = "";
    private boolean lifted;

    Weaving(Catalog.Module module, TypeInstrumentation type, ClassVisitor next) {
      super(Opcodes.ASM9, next);
      this.module = module;
      this.type = type;
      for (CallSubstitution call : type.calls()) {
        replacements.add(new CallReplacement(module.name(), call));
      }
    }

    /**
     * Lifts a class file of Java 6 to the first version with {@code invokedynamic}. That of older
     * ones hasn't the stack maps that the newer version insists on.
     */
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
      internalName = name;
      lifted = major == Opcodes.V1_6;
      super.visit(lifted ? Opcodes.V1_7 : version, access, name, signature, superName, interfaces);
    }

    @Override
    public FieldVisitor visitField(
        int access,
        String name,
        String descriptor,
        @Nullable String signature,
        @Nullable Object value) {
      boolean isStatic = (access & Opcodes.ACC_STATIC) != 0;
      fields.put(name, isStatic ? '=' + descriptor : descriptor);
      return super.visitField(access, name, descriptor, signature, value);
    }

    @Override
    public MethodVisitor visitMethod(
        int access,
        String name,
        String descriptor,
        @Nullable String signature,
        String @Nullable [] exceptions) {
      MethodVisitor method = super.visitMethod(access, name, descriptor, signature, exceptions);
      if ((access & (Opcodes.ACC_ABSTRACT | Opcodes.ACC_NATIVE)) != 0) {
        return method;
      }
      for (MethodInstrumentation advised : type.methods()) {
        if (accepts(advised.method(), name, descriptor)) {
          found.add(advised);
          Site site = new Site(internalName, access, name, descriptor, fields);
          method = new AdvisedMethod(module.name(), advice(advised.adviceClass()), site, method);
        }
      }
      for (CallReplacement replacement : replacements) {
        if (accepts(replacement.substitution().within(), name, descriptor)) {
          method = replacement.within(method);
        }
      }
      return lifted ? new StackMapCheck(internalName + '.' + name, method) : method;
    }

    @Override
    public void visitEnd() {
      for (MethodInstrumentation method : type.methods()) {
        if (method.required() && !found.contains(method)) {
          throw new UnexpectedLibraryException(
              type.typeName() + " has no method for " + method.adviceClass());
        }
      }
      for (CallReplacement replacement : replacements) {
        replacement.requireDone(type.typeName());
      }
      super.visitEnd();
    }
  }

  private static boolean accepts(MethodMatcher matcher, String name, String descriptor) {
    if (!matcher.names().contains(name)) {
      return false;
    }
    if (matcher.arguments() != MethodMatcher.ANY
        && matcher.arguments() != Type.getArgumentCount(descriptor)) {
      return false;
    }
    if (matcher.argumentTypes().isEmpty()) {
      return true;
    }
    Type[] arguments = Type.getArgumentTypes(descriptor);
    for (Map.Entry<Integer, String> argument : matcher.argumentTypes().entrySet()) {
      int index = argument.getKey();
      if (index >= arguments.length
          || !arguments[index].getClassName().equals(argument.getValue())) {
        return false;
      }
    }
    return true;
  }

  private AdviceClass advice(String name) {
    AdviceClass advice = adviceClasses.get(name);
    if (advice == null) {
      advice = AdviceReader.read(agentLoader, name);
      adviceClasses.put(name, advice);
    }
    return advice;
  }

  private TypeInstrumentation instrumentation(Catalog.Module module, String typeName) {
    Map<String, TypeInstrumentation> types = typesByModule.get(module.name());
    if (types == null) {
      types = types(module);
      typesByModule.put(module.name(), types);
    }
    TypeInstrumentation found = types.get(typeName);
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
      for (TypeInstrumentation type : instrumentation.types()) {
        types.put(type.typeName(), type);
      }
      return types;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("can't make " + module.className(), e);
    }
  }
}
