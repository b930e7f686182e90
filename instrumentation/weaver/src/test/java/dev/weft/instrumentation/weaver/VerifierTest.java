package dev.weft.instrumentation.weaver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.instrumentation.api.Advice;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.nio.file.Path;
import java.security.ProtectionDomain;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import net.bytebuddy.agent.ByteBuddyAgent;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.FieldVisitor;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/** Whole libraries with advice around every method: the JVM's verifier has nothing to say. */
class VerifierTest {

  /** As much as advice can take. */
  static final class Around {

    private Around() {}

    @Advice.OnMethodEnter
    static Object enter(@Advice.Argument(0) Object first) {
      return first;
    }

    @Advice.OnMethodExit(onThrowable = true)
    static void exit(
        @Advice.Return Object returned,
        @Advice.Argument(0) Object first,
        @Advice.Enter Object entered,
        @Advice.Thrown Throwable thrown) {}
  }

  /** In methods without parameters, and in constructors. */
  static final class After {

    private After() {}

    @Advice.OnMethodExit
    static void exit(@Advice.Return Object returned) {}
  }

  /** Of methods that return an object. */
  static final class Answers {

    private Answers() {}

    @Advice.OnMethodEnter(answers = true)
    static @Nullable Object enter() {
      return null;
    }

    @Advice.OnMethodExit(onThrowable = true)
    @Advice.AssignReturned
    static Object exit(@Advice.Return Object returned, @Advice.Enter Object entered) {
      return returned;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"org.assertj.core.api.Assertions", "org.junit.jupiter.api.Assertions"})
  void hasNothingToSay(String libraryClass) throws Exception {
    Instrumentation jvm = ByteBuddyAgent.install();
    Path jar =
        Path.of(
            Class.forName(libraryClass)
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
    Weaving weaving = new Weaving();
    List<Class<?>> types = loaded(jar);

    jvm.addTransformer(weaving, true);
    try {
      jvm.retransformClasses(types.toArray(new Class<?>[0]));
    } finally {
      jvm.removeTransformer(weaving);
    }

    System.out.printf("%d methods of %d classes%n", weaving.methods, types.size());
    assertThat(weaving.failures).isEmpty();
    assertThat(weaving.methods).isGreaterThan(400);
  }

  /** In a class loader of their own: nothing else here is to run what is woven. */
  private static List<Class<?>> loaded(Path jar) throws IOException {
    ClassLoader loader = new JarLoader(jar);
    List<Class<?>> types = new ArrayList<>();
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      for (ZipEntry entry : Collections.list(zip.entries())) {
        String name = entry.getName();
        if (name.endsWith(".class") && !name.startsWith("META-INF") && !name.contains("-info")) {
          try {
            Class<?> type =
                Class.forName(name.replace(".class", "").replace('/', '.'), false, loader);
            if (type.getDeclaredMethods().length > 0) {
              types.add(type);
            }
          } catch (NoClassDefFoundError | ClassNotFoundException e) {
            // What it is about isn't on the class path here.
          }
        }
      }
    }
    return types;
  }

  private static final class JarLoader extends ClassLoader {

    private final Path jar;

    JarLoader(Path jar) {
      super(VerifierTest.class.getClassLoader());
      this.jar = jar;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      synchronized (getClassLoadingLock(name)) {
        Class<?> loaded = findLoadedClass(name);
        if (loaded != null) {
          return loaded;
        }
        try (ZipFile zip = new ZipFile(jar.toFile())) {
          ZipEntry entry = zip.getEntry(name.replace('.', '/') + ".class");
          if (entry == null) {
            return super.loadClass(name, resolve);
          }
          byte[] classFile = zip.getInputStream(entry).readAllBytes();
          return defineClass(name, classFile, 0, classFile.length);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  private static final class Weaving implements ClassFileTransformer {

    final List<Throwable> failures = new ArrayList<>();
    int methods;

    private final AdviceClass around = advice(Around.class);
    private final AdviceClass after = advice(After.class);
    private final AdviceClass answers = advice(Answers.class);

    private static AdviceClass advice(Class<?> type) {
      return AdviceReader.read(VerifierTest.class.getClassLoader(), type.getName());
    }

    @Override
    public byte[] transform(
        ClassLoader loader,
        String internalName,
        Class<?> redefined,
        ProtectionDomain domain,
        byte[] classFile) {
      if (!(loader instanceof JarLoader)) {
        return classFile;
      }
      try {
        ClassReader reader = new ClassReader(classFile);
        ClassWriter writer = new ClassWriter(reader, 0);
        reader.accept(advising(internalName, writer), ClassReader.EXPAND_FRAMES);
        return writer.toByteArray();
      } catch (RuntimeException e) {
        failures.add(new IllegalStateException(internalName, e));
        return classFile;
      }
    }

    private ClassVisitor advising(String owner, ClassVisitor next) {
      Map<String, String> fields = new HashMap<>();
      return new ClassVisitor(Opcodes.ASM9, next) {
        @Override
        public FieldVisitor visitField(
            int access, String name, String descriptor, String signature, Object value) {
          fields.put(name, descriptor);
          return super.visitField(access, name, descriptor, signature, value);
        }

        @Override
        public MethodVisitor visitMethod(
            int access, String name, String descriptor, String signature, String[] exceptions) {
          MethodVisitor code = super.visitMethod(access, name, descriptor, signature, exceptions);
          if ((access & (Opcodes.ACC_ABSTRACT | Opcodes.ACC_NATIVE)) != 0) {
            return code;
          }
          methods++;
          Site site = new Site(owner, access, name, descriptor, fields);
          if (name.startsWith("<") || Type.getArgumentCount(descriptor) == 0) {
            return new AdvisedMethod("test", after, site, code);
          }
          code = new AdvisedMethod("test", around, site, code);
          return Type.getReturnType(descriptor).getSort() < Type.ARRAY
              ? code
              : new AdvisedMethod("test", answers, site, code);
        }
      };
    }
  }
}
