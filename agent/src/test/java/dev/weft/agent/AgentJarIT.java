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
import java.util.TreeSet;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Type;
import net.bytebuddy.utility.OpenedClassReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

  /** Libraries were compiled against the JDK's logging; what they use of it must be in ours. */
  @Test
  void logsThroughItsOwnLoggingOnly() throws IOException {
    TreeSet<String> used = new TreeSet<>();
    try (ZipFile jar = new ZipFile(TestJars.AGENT.toFile())) {
      for (ZipEntry entry : Collections.list(jar.entries())) {
        if (entry.getName().endsWith(".classdata")) {
          try (InputStream in = jar.getInputStream(entry)) {
            used.addAll(loggingMethodsOf(in.readAllBytes()));
          }
        }
      }
    }

    assertThat(used)
        .isNotEmpty()
        .allMatch(AgentJarIT::exists, "is a method of the agent's logging");
  }

  private static List<String> loggingMethodsOf(byte[] classFile) {
    List<String> methods = new ArrayList<>();
    new ClassReader(classFile)
        .accept(
            new ClassVisitor(OpenedClassReader.ASM_API) {
              @Override
              public MethodVisitor visitMethod(
                  int access, String name, String descriptor, String generic, String[] thrown) {
                return new MethodVisitor(OpenedClassReader.ASM_API) {
                  @Override
                  public void visitMethodInsn(
                      int opcode, String owner, String method, String type, boolean isInterface) {
                    if (owner.startsWith("dev/weft/agent/logging/")
                        || owner.startsWith("java/util/logging/")) {
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
    if (!parts[0].startsWith("dev/weft/agent/logging/")) {
      return false;
    }
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
