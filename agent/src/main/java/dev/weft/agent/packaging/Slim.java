package dev.weft.agent.packaging;

import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Takes out of a library's class file what only compilers and debuggers read: names of local
 * variables. Line numbers stay, for stack traces.
 */
final class Slim extends ClassVisitor {

  private Slim(ClassVisitor next) {
    super(Opcodes.ASM9, next);
  }

  static byte[] classFile(byte[] classFile) {
    ClassWriter writer = new ClassWriter(0);
    ClassReader reader = new ClassReader(classFile);
    ClassVisitor changed =
        Redirects.in(reader.getClassName(), UnsafeReferences.in(classFile, writer));
    reader.accept(new Slim(changed), 0);
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
        Opcodes.ASM9, super.visitMethod(access, name, descriptor, signature, exceptions)) {
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
