package dev.weft.instrumentation.weaver;

import dev.weft.instrumentation.api.CallSubstitution;
import net.bytebuddy.asm.AsmVisitorWrapper;
import net.bytebuddy.jar.asm.Handle;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;
import net.bytebuddy.utility.OpenedClassReader;

/** One {@link CallSubstitution} at work on one class file. */
final class CallReplacement {

  private static final Handle BOOTSTRAP =
      new Handle(
          Opcodes.H_INVOKESTATIC,
          JavaBase.LINKAGE.replace('.', '/'),
          "call",
          "(Ljava/lang/invoke/MethodHandles$Lookup;Ljava/lang/String;Ljava/lang/invoke/MethodType;"
              + "Ljava/lang/invoke/MethodHandle;Ljava/lang/String;Ljava/lang/String;)"
              + "Ljava/lang/invoke/CallSite;",
          false);

  private final String module;
  private final CallSubstitution call;
  private final String owner;
  private int replaced;

  CallReplacement(String module, CallSubstitution call) {
    this.module = module;
    this.call = call;
    this.owner = call.owner().replace('.', '/');
  }

  AsmVisitorWrapper within() {
    return new AsmVisitorWrapper.ForDeclaredMethods()
        .invokable(
            call.within(),
            (type, method, visitor, context, pool, writerFlags, readerFlags) -> new Calls(visitor));
  }

  void requireDone(String typeName) {
    if (replaced == 0) {
      throw new UnexpectedLibraryException(
          typeName + " doesn't call " + call.owner() + '.' + call.name() + " where it should");
    }
  }

  private final class Calls extends MethodVisitor {

    Calls(MethodVisitor next) {
      super(OpenedClassReader.ASM_API, next);
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
      int tag =
          isStatic
              ? Opcodes.H_INVOKESTATIC
              : opcode == Opcodes.INVOKEINTERFACE
                  ? Opcodes.H_INVOKEINTERFACE
                  : Opcodes.H_INVOKEVIRTUAL;
      String type =
          isStatic
              ? descriptor
              : '(' + Type.getObjectType(owner).getDescriptor() + descriptor.substring(1);
      if (!call.onFailure().isEmpty()) {
        super.visitInvokeDynamicInsn(
            call.adviceMethod(),
            type,
            AdviceCall.BOOTSTRAP,
            module,
            call.adviceClass(),
            call.onFailure());
        return;
      }
      super.visitInvokeDynamicInsn(
          call.adviceMethod(),
          type,
          BOOTSTRAP,
          new Handle(tag, owner, name, descriptor, onInterface),
          module,
          call.adviceClass());
    }
  }
}
