package dev.weft.agent.packaging;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.commons.ClassRemapper;
import org.objectweb.asm.commons.MethodRemapper;
import org.objectweb.asm.commons.Remapper;

/**
 * Has a library use {@code jdk.internal.misc.Unsafe} where it would use {@code sun.misc.Unsafe}:
 * {@code dev.weft.agent.LibraryUnsafe} says why, and makes it reachable.
 */
final class UnsafeReferences extends ClassRemapper {

  private static final String LIBRARY_UNSAFE = "dev/weft/agent/LibraryUnsafe";
  private static final String SUPPORTED = "sun/misc/Unsafe";
  private static final String INTERNAL = "jdk/internal/misc/Unsafe";

  /** Of the same methods, those with other names. */
  private static final Map<String, String> RENAMED =
      Map.of(
          "getObject", "getReference",
          "putObject", "putReference",
          "getAndSetObject", "getAndSetReference",
          "compareAndSwapObject", "compareAndSetReference");

  private UnsafeReferences(ClassVisitor next) {
    super(Opcodes.ASM9, next, new Names());
  }

  /** The visitor before {@code next}, of a class that may use it or not. */
  static ClassVisitor in(byte[] classFile, ClassVisitor next) {
    boolean used = new String(classFile, StandardCharsets.ISO_8859_1).contains(SUPPORTED);
    return used ? new UnsafeReferences(next) : next;
  }

  @Override
  protected MethodVisitor createMethodRemapper(MethodVisitor next) {
    return new MethodRemapper(Opcodes.ASM9, next, remapper) {
      @Override
      public void visitMethodInsn(
          int opcode, String owner, String called, String type, boolean isInterface) {
        if (owner.equals(SUPPORTED) && called.equals("arrayBaseOffset")) {
          String instead = "(Ljava/lang/Object;Ljava/lang/Class;)I";
          super.visitMethodInsn(Opcodes.INVOKESTATIC, LIBRARY_UNSAFE, called, instead, false);
        } else {
          super.visitMethodInsn(opcode, owner, called, type, isInterface);
        }
      }
    };
  }

  private static final class Names extends Remapper {

    private Names() {
      super(Opcodes.ASM9);
    }

    @Override
    public String map(String type) {
      return type.equals(SUPPORTED) ? INTERNAL : type;
    }

    @Override
    public String mapMethodName(String owner, String method, String descriptor) {
      return owner.equals(SUPPORTED) ? RENAMED.getOrDefault(method, method) : method;
    }

    /** Methods are also looked for by name, to see whether they are there. */
    @Override
    public Object mapValue(Object constant) {
      return constant instanceof String name
          ? RENAMED.getOrDefault(name, name)
          : super.mapValue(constant);
    }
  }
}
