package dev.weft.instrumentation.weaver;

import org.objectweb.asm.Handle;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * The {@code invokedynamic} instructions by which woven code gets to a module, as {@code
 * java.lang.WeftLinkage} takes them.
 *
 * <p>Advice's have erased types, {@link Object} and primitives, so that linking them never loads a
 * class of the library; {@link Linker} converts.
 */
final class Linkage {

  /** In place of an argument's index: advice that fails has returned the default value. */
  static final int DEFAULT_VALUE = -1;

  static final Type OBJECT = Type.getObjectType("java/lang/Object");

  private static final String OWNER = JavaBase.LINKAGE.replace('.', '/');
  private static final String SITE =
      "(Ljava/lang/invoke/MethodHandles$Lookup;Ljava/lang/String;Ljava/lang/invoke/MethodType;";
  private static final String STRING = "Ljava/lang/String;";
  private static final String LINKED = ")Ljava/lang/invoke/CallSite;";

  private static final Handle ADVICE =
      bootstrap("advice", SITE + STRING + STRING + STRING + STRING + "I" + LINKED);
  private static final Handle CALL =
      bootstrap("call", SITE + "Ljava/lang/invoke/MethodHandle;" + STRING + STRING + LINKED);

  private Linkage() {}

  /**
   * A call of advice.
   *
   * @param type of the instruction, erased
   * @param onFailureArgument index of what it is taken to return when it fails, or {@link
   *     #DEFAULT_VALUE}
   */
  static void advice(
      MethodVisitor code,
      String module,
      String adviceClass,
      AdviceClass.Call call,
      String type,
      int onFailureArgument) {
    code.visitInvokeDynamicInsn(
        call.method(),
        type,
        ADVICE,
        module,
        adviceClass,
        call.descriptor(),
        call.onFailure(),
        onFailureArgument);
  }

  /** A call of what replaces {@code original}, which is made if that can't be linked. */
  static void call(
      MethodVisitor code,
      String module,
      String adviceClass,
      String replacement,
      String type,
      Handle original) {
    code.visitInvokeDynamicInsn(replacement, type, CALL, original, module, adviceClass);
  }

  /** {@link Object} for references, else the type. */
  static Type erased(Type type) {
    return type.getSort() >= Type.ARRAY ? OBJECT : type;
  }

  /** The same of all that a method takes and returns. */
  static String erased(String descriptor) {
    StringBuilder erased = new StringBuilder("(");
    for (Type argument : Type.getArgumentTypes(descriptor)) {
      erased.append(erased(argument).getDescriptor());
    }
    return erased
        .append(')')
        .append(erased(Type.getReturnType(descriptor)).getDescriptor())
        .toString();
  }

  private static Handle bootstrap(String name, String descriptor) {
    return new Handle(Opcodes.H_INVOKESTATIC, OWNER, name, descriptor, false);
  }
}
