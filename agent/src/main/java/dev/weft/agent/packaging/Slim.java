package dev.weft.agent.packaging;

import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.utility.OpenedClassReader;
import org.jspecify.annotations.Nullable;

/**
 * Takes out of a library's class file what only compilers and debuggers read: names of local
 * variables. Line numbers stay, for stack traces.
 */
final class Slim extends ClassVisitor {

  private Slim(ClassVisitor next) {
    super(OpenedClassReader.ASM_API, next);
  }

  static byte[] classFile(byte[] classFile) {
    ClassWriter writer = new ClassWriter(0);
    ClassReader reader = new ClassReader(classFile);
    reader.accept(new Slim(Redirects.in(reader.getClassName(), writer)), 0);
    return writer.toByteArray();
  }

  @Override
  public MethodVisitor visitMethod(
      int access,
      String name,
      String descriptor,
      @Nullable String signature,
      String @Nullable [] exceptions) {
    return new MethodVisitor(
        OpenedClassReader.ASM_API,
        super.visitMethod(access, name, descriptor, signature, exceptions)) {
      @Override
      public void visitLocalVariable(
          String variable,
          String type,
          @Nullable String generic,
          Label start,
          Label end,
          int index) {}
    };
  }
}
