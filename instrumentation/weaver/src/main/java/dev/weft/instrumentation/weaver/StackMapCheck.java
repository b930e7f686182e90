package dev.weft.instrumentation.weaver;

import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Refuses code that a JVM verifies only for the sake of old class files: with subroutines, or with
 * jumps and no stack maps.
 */
final class StackMapCheck extends MethodVisitor {

  private final String name;
  private boolean jumps;
  private boolean hasFrames;

  StackMapCheck(String name, MethodVisitor next) {
    super(Opcodes.ASM9, next);
    this.name = name;
  }

  @Override
  public void visitJumpInsn(int opcode, Label label) {
    if (opcode == Opcodes.JSR) {
      throw new UnexpectedLibraryException(name + " has a subroutine");
    }
    jumps = true;
    super.visitJumpInsn(opcode, label);
  }

  @Override
  public void visitTableSwitchInsn(int min, int max, Label otherwise, Label... labels) {
    jumps = true;
    super.visitTableSwitchInsn(min, max, otherwise, labels);
  }

  @Override
  public void visitLookupSwitchInsn(Label otherwise, int[] keys, Label[] labels) {
    jumps = true;
    super.visitLookupSwitchInsn(otherwise, keys, labels);
  }

  @Override
  public void visitTryCatchBlock(Label from, Label to, Label handler, @Nullable String type) {
    jumps = true;
    super.visitTryCatchBlock(from, to, handler, type);
  }

  @Override
  public void visitFrame(
      int type,
      int localCount,
      Object @Nullable [] locals,
      int stackCount,
      Object @Nullable [] stack) {
    hasFrames = true;
    super.visitFrame(type, localCount, locals, stackCount, stack);
  }

  @Override
  public void visitMaxs(int maxStack, int maxLocals) {
    if (jumps && !hasFrames) {
      throw new UnexpectedLibraryException(name + " has no stack map");
    }
    super.visitMaxs(maxStack, maxLocals);
  }
}
