package dev.weft.instrumentation.weaver;

import dev.weft.instrumentation.api.CallSubstitution;
import java.util.List;
import org.objectweb.asm.Handle;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/** One {@link CallSubstitution} at work on one class file. */
final class CallReplacement {

  private final String module;
  private final CallSubstitution call;
  private final String owner;
  private int replaced;

  CallReplacement(String module, CallSubstitution call) {
    this.module = module;
    this.call = call;
    this.owner = call.owner().replace('.', '/');
  }

  /** The code of a method within which calls are replaced. */
  MethodVisitor within(MethodVisitor next) {
    return new Calls(next);
  }

  CallSubstitution substitution() {
    return call;
  }

  void requireDone(String typeName) {
    if (call.required() && replaced == 0) {
      throw new UnexpectedLibraryException(
          typeName + " doesn't call " + call.owner() + '.' + call.name() + " where it should");
    }
  }

  private final class Calls extends MethodVisitor {

    Calls(MethodVisitor next) {
      super(Opcodes.ASM9, next);
    }

    @Override
    public void visitMethodInsn(
        int opcode, String owner, String name, String descriptor, boolean onInterface) {
      if (opcode == Opcodes.INVOKESPECIAL
          || !owner.equals(CallReplacement.this.owner)
          || !name.equals(call.name())
          || !descriptor.equals(call.descriptor())) {
        super.visitMethodInsn(opcode, owner, name, descriptor, onInterface);
        return;
      }
      replaced++;
      boolean isStatic = opcode == Opcodes.INVOKESTATIC;
      String type =
          isStatic
              ? descriptor
              : '(' + Type.getObjectType(owner).getDescriptor() + descriptor.substring(1);
      if (call.onFailure().isEmpty()) {
        int tag =
            isStatic
                ? Opcodes.H_INVOKESTATIC
                : opcode == Opcodes.INVOKEINTERFACE
                    ? Opcodes.H_INVOKEINTERFACE
                    : Opcodes.H_INVOKEVIRTUAL;
        Handle original = new Handle(tag, owner, name, descriptor, onInterface);
        Linkage.call(mv, module, call.adviceClass(), call.adviceMethod(), type, original);
      } else {
        guard(type);
      }
    }

    private void guard(String type) {
      Type returned = Type.getReturnType(type);
      Linkage.advice(
          mv,
          module,
          call.adviceClass(),
          new AdviceClass.Call(call.adviceMethod(), type, List.of(), call.onFailure()),
          Linkage.erased(type),
          Linkage.DEFAULT_VALUE);
      if (returned.getSort() >= Type.ARRAY) {
        mv.visitTypeInsn(Opcodes.CHECKCAST, returned.getInternalName());
      }
    }
  }
}
