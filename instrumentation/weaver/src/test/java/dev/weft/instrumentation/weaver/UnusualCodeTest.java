package dev.weft.instrumentation.weaver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.instrumentation.api.Advice;
import java.lang.invoke.MethodHandles;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/** Code as javac doesn't write it, but optimizers do. */
class UnusualCodeTest {

  private static final String NAME = "dev/weft/instrumentation/weaver/Unusual";

  static final class Around {

    private Around() {}

    @Advice.OnMethodEnter
    static Object enter() {
      return "entered";
    }

    @Advice.OnMethodExit(onThrowable = true)
    static void exit(@Advice.This Object self, @Advice.Enter Object entered) {}
  }

  static final class Arguments {

    private Arguments() {}

    @Advice.OnMethodExit(onThrowable = true)
    static void exit(@Advice.Argument(0) int argument) {}
  }

  /** What there is nothing to give for. */
  static final class Nothing {

    private Nothing() {}

    @Advice.OnMethodExit
    static void exit(@Advice.Return boolean returned, @Advice.Enter long entered) {}
  }

  @Test
  void framesMayGiveThisUp() throws Exception {
    byte[] classFile =
        classWith(
            Opcodes.V17,
            Opcodes.ACC_PUBLIC,
            "(I)V",
            code -> {
              Label end = new Label();
              code.visitVarInsn(Opcodes.ILOAD, 1);
              code.visitJumpInsn(Opcodes.IFEQ, end);
              code.visitInsn(Opcodes.ACONST_NULL);
              code.visitVarInsn(Opcodes.ASTORE, 0);
              code.visitLabel(end);
              code.visitFrame(
                  Opcodes.F_NEW, 2, new Object[] {Opcodes.TOP, Opcodes.INTEGER}, 0, null);
              code.visitInsn(Opcodes.RETURN);
            });

    assertThat(verified(woven(classFile, Around.class))).isNotNull();
  }

  @Test
  void aParametersSlotTakenByHalfOfAnotherIsRefused() {
    byte[] classFile =
        classWith(
            Opcodes.V17,
            Opcodes.ACC_PUBLIC | Opcodes.ACC_STATIC,
            "(I)V",
            code -> {
              code.visitInsn(Opcodes.LCONST_1);
              code.visitVarInsn(Opcodes.LSTORE, 0);
              code.visitInsn(Opcodes.RETURN);
            });

    assertThatThrownBy(() -> woven(classFile, Arguments.class))
        .isInstanceOf(UnexpectedLibraryException.class);
  }

  @Test
  void whereThereIsNothingToGivePrimitivesAreZero() throws Exception {
    byte[] classFile =
        classWith(
            Opcodes.V17,
            Opcodes.ACC_PUBLIC | Opcodes.ACC_STATIC,
            "()V",
            code -> code.visitInsn(Opcodes.RETURN));

    assertThat(verified(woven(classFile, Nothing.class))).isNotNull();
  }

  @Test
  void jumpsWithoutStackMapsAreRefused() {
    StackMapCheck check = new StackMapCheck("unusual", new MethodVisitor(Opcodes.ASM9) {});

    check.visitJumpInsn(Opcodes.GOTO, new Label());

    assertThatThrownBy(() -> check.visitMaxs(0, 0)).isInstanceOf(UnexpectedLibraryException.class);
    assertThatThrownBy(() -> check.visitJumpInsn(Opcodes.JSR, new Label()))
        .isInstanceOf(UnexpectedLibraryException.class);
  }

  private static byte[] classWith(
      int version, int access, String descriptor, Consumer<MethodVisitor> code) {
    ClassWriter writer = new ClassWriter(ClassWriter.COMPUTE_MAXS);
    writer.visit(version, Opcodes.ACC_PUBLIC, NAME, null, "java/lang/Object", null);
    MethodVisitor method = writer.visitMethod(access, "unusual", descriptor, null, null);
    method.visitCode();
    code.accept(method);
    method.visitMaxs(0, 0);
    method.visitEnd();
    writer.visitEnd();
    return writer.toByteArray();
  }

  private static byte[] woven(byte[] classFile, Class<?> advice) {
    AdviceClass read = AdviceReader.read(UnusualCodeTest.class.getClassLoader(), advice.getName());
    ClassReader reader = new ClassReader(classFile);
    ClassWriter writer = new ClassWriter(reader, 0);
    reader.accept(
        new ClassVisitor(Opcodes.ASM9, writer) {
          @Override
          public MethodVisitor visitMethod(
              int access, String name, String descriptor, String signature, String[] exceptions) {
            return new AdvisedMethod(
                "test",
                read,
                new Site(NAME, access, name, descriptor, Map.of()),
                super.visitMethod(access, name, descriptor, signature, exceptions));
          }
        },
        ClassReader.EXPAND_FRAMES);
    return writer.toByteArray();
  }

  private static Object verified(byte[] classFile) throws IllegalAccessException {
    return MethodHandles.lookup().defineHiddenClass(classFile, true).lookupClass();
  }
}
