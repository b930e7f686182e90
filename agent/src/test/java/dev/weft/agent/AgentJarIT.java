package dev.weft.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.agent.packaging.AgentJar;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/** The agent's jar as a file. */
class AgentJarIT {

  private static final long FLOOR = 12_000_000;
  private static final long AIM = 9_000_000;

  @Test
  void isWithinItsBudget() throws IOException {
    long size = Files.size(TestJars.AGENT);

    System.out.printf("agent jar: %,d bytes, aim %,d, floor %,d%n", size, AIM, FLOOR);
    assertThat(size).isLessThan(FLOOR);
  }

  @Test
  void showsTheApplicationNothingButThePremainClasses() throws IOException {
    try (ZipFile jar = new ZipFile(TestJars.AGENT.toFile())) {
      assertThat(jar.stream().map(ZipEntry::getName))
          .allMatch(
              name ->
                  name.equals("META-INF/MANIFEST.MF")
                      || name.startsWith("dev/weft/agent/premain/")
                      || name.startsWith("weft/"))
          .noneMatch(name -> name.startsWith("weft/") && name.endsWith(".class"))
          .noneMatch(name -> name.contains("META-INF/versions/"));
    }
  }

  @Test
  void isTheSameEachTimeItIsBuilt(@TempDir Path directory) throws IOException {
    Path again = directory.resolve("again.jar");
    Path oncemore = directory.resolve("oncemore.jar");
    for (Path file : List.of(again, oncemore)) {
      AgentJar jar = new AgentJar("test");
      jar.addRoot(TestJars.TARGET.resolve("premain"));
      jar.addInner(TestJars.TARGET.resolve("weft-agent-inner.jar"));
      jar.write(file);
    }

    assertThat(oncemore).hasSameBinaryContentAs(again);
  }

  @Test
  void isLeftToThoseWhoReadItWhenItIsBuiltAgain(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("agent.jar");
    AgentJar jar = new AgentJar("test");
    jar.addInner("first", new byte[100_000]);
    jar.write(file);
    byte[] first = Files.readAllBytes(file);

    try (InputStream running = Files.newInputStream(file)) {
      jar.addInner("another", new byte[100_000]);
      jar.write(file);

      assertThat(running.readAllBytes()).isEqualTo(first);
    }
    assertThat(directory).isDirectoryContaining(path -> path.equals(file));
    assertThat(file)
        .isNotEmptyFile()
        .satisfies(it -> assertThat(Files.size(it)).isNotEqualTo(first.length));
  }

  /** Libraries were compiled against the JDK's logging; what they use of it must be in ours. */
  @Test
  void logsThroughItsOwnLoggingOnly() throws IOException {
    Set<String> used = methodsUsed("dev/weft/agent/logging/", "java/util/logging/");

    assertThat(used)
        .isNotEmpty()
        .noneMatch(method -> method.startsWith("java/util/logging/"))
        .allMatch(AgentJarIT::exists, "is a method of the agent's logging");
  }

  /** JDKs warn of who uses the other, and have no method for both of one's names. */
  @Test
  void usesTheUnsafeThatNoJdkWarnsOf() throws IOException {
    Set<String> used = methodsUsed("sun/misc/Unsafe", "jdk/internal/misc/Unsafe");

    assertThat(used)
        .isNotEmpty()
        .noneMatch(method -> method.startsWith("sun/misc/"))
        .noneMatch(method -> method.contains(" arrayBaseOffset "))
        .allMatch(AgentJarIT::exists, "is a method of this JDK");
  }

  /** By owner, name and descriptor, those of the types whose names begin so. */
  private static Set<String> methodsUsed(String... owners) throws IOException {
    Set<String> used = new TreeSet<>();
    try (ZipFile jar = new ZipFile(TestJars.AGENT.toFile())) {
      for (ZipEntry entry : Collections.list(jar.entries())) {
        if (entry.getName().endsWith(".classdata")) {
          try (InputStream in = jar.getInputStream(entry)) {
            used.addAll(methodsUsed(in.readAllBytes(), owners));
          }
        }
      }
    }
    return used;
  }

  private static List<String> methodsUsed(byte[] classFile, String... owners) {
    List<String> methods = new ArrayList<>();
    new ClassReader(classFile)
        .accept(
            new ClassVisitor(Opcodes.ASM9) {
              @Override
              public MethodVisitor visitMethod(
                  int access, String name, String descriptor, String generic, String[] thrown) {
                return new MethodVisitor(Opcodes.ASM9) {
                  @Override
                  public void visitMethodInsn(
                      int opcode, String owner, String method, String type, boolean isInterface) {
                    if (Stream.of(owners).anyMatch(owner::startsWith)) {
                      methods.add(owner + ' ' + method + ' ' + type);
                    }
                  }
                };
              }
            },
            ClassReader.SKIP_DEBUG);
    return methods;
  }

  private static boolean exists(String method) {
    String[] parts = method.split(" ", -1);
    try {
      Class<?> type = Class.forName(parts[0].replace('/', '.'));
      if (parts[1].equals("<init>")) {
        for (var constructor : type.getDeclaredConstructors()) {
          if (Type.getConstructorDescriptor(constructor).equals(parts[2])) {
            return true;
          }
        }
      }
      for (var declared : type.getDeclaredMethods()) {
        if (declared.getName().equals(parts[1])
            && Type.getMethodDescriptor(declared).equals(parts[2])) {
          return true;
        }
      }
      return Object.class == type.getMethod(parts[1]).getDeclaringClass();
    } catch (ReflectiveOperationException e) {
      return false;
    }
  }
}
