package dev.weft.instrumentation.weaver;

import dev.weft.instrumentation.weaver.AdviceClass.After;
import dev.weft.instrumentation.weaver.AdviceClass.Before;
import dev.weft.instrumentation.weaver.AdviceClass.Call;
import dev.weft.instrumentation.weaver.AdviceClass.Parameter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.AnnotationVisitor;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.TypePath;

/**
 * One method with advice around it.
 *
 * <p>What has to be kept from entry to exit is put between the parameters and the method's own
 * local variables, which move up. Exits are written out before each {@code return}: there are no
 * jumps from inside the method's code, at places where what is on its stack would matter, except
 * back to its beginning, to run it again.
 *
 * <p>Frames have to be read expanded ({@code ClassReader.EXPAND_FRAMES}).
 */
final class AdvisedMethod extends MethodVisitor {

  private static final int NONE = -1;

  private final String module;
  private final AdviceClass advice;
  private final @Nullable Before before;
  private final @Nullable After after;
  private final Site site;
  private final Type returned;
  private final LocalVariables locals;
  private final Map<Integer, Integer> argumentCopies = new HashMap<>();

  /** Where the exit finds {@code this}: not every compiler leaves it where it was. */
  private final int thisCopy;

  private final int enteredSlot;
  private final int returnedSlot;
  private final int thrownSlot;
  private int stackNeeded;

  private final List<Label> covered = new ArrayList<>();
  private Label coveredFrom = new Label();
  private final Label start = new Label();

  AdvisedMethod(String module, AdviceClass advice, Site site, MethodVisitor next) {
    super(Opcodes.ASM9, next);
    this.module = module;
    this.advice = advice;
    this.before = advice.before();
    this.after = advice.after();
    this.site = site;
    this.returned = site.returned();
    this.locals = new LocalVariables(site);
    check();

    boolean answers = before != null && before.answers();
    boolean passes = before != null && after != null && after.takes(Parameter.ENTER);
    this.enteredSlot = answers || passes ? locals.keep(entered()) : NONE;
    if (after != null) {
      for (Parameter parameter : after.call().parameters()) {
        if (parameter instanceof Parameter.Argument argument) {
          int index = argument.index();
          if (!argumentCopies.containsKey(index)) {
            argumentCopies.put(index, locals.keep(locals.parameter(index)));
          }
        }
      }
    }
    this.thisCopy =
        after != null && !site.isConstructor() && takesThis(after.call())
            ? locals.keep(Type.getObjectType(site.owner()))
            : NONE;
    this.returnedSlot =
        !site.returnsNothing()
                && after != null
                && (after.repeats() || after.takes(Parameter.RETURN))
            ? locals.keepForExit(returned)
            : NONE;
    this.thrownSlot =
        after != null && after.onThrowable() && after.takes(Parameter.THROWN)
            ? locals.keepForExit(Linkage.OBJECT)
            : NONE;
  }

  private void check() {
    if (site.isConstructor()
        && (before != null
            || after == null
            || after.onThrowable()
            || after.repeats()
            || takesArguments(after.call()))) {
      throw new IllegalStateException(
          advice.name() + ": a constructor has advice for its return, without arguments, only");
    }
    if (before != null && before.answers() && !site.returnsNothing() && !site.returnsReference()) {
      throw new UnexpectedLibraryException(site + " returns " + returned.getClassName());
    }
  }

  private static boolean takesArguments(Call call) {
    for (Parameter parameter : call.parameters()) {
      if (parameter instanceof Parameter.Argument) {
        return true;
      }
    }
    return false;
  }

  private boolean takesThis(Call call) {
    if (site.isStatic()) {
      return false;
    }
    for (Parameter parameter : call.parameters()) {
      if (parameter instanceof Parameter.This || parameter instanceof Parameter.Field) {
        return true;
      }
    }
    return false;
  }

  /** What the advice for the entry returns, as the method sees it. */
  private Type entered() {
    Before advice = Objects.requireNonNull(before);
    if (advice.answers()) {
      return site.returnsNothing() ? Type.BOOLEAN_TYPE : Linkage.OBJECT;
    }
    return Linkage.erased(Type.getReturnType(advice.call().descriptor()));
  }

  @Override
  public void visitCode() {
    super.visitCode();
    if (thisCopy != NONE) {
      mv.visitVarInsn(Opcodes.ALOAD, 0);
      mv.visitVarInsn(Opcodes.ASTORE, thisCopy);
    }
    for (Map.Entry<Integer, Integer> copy : argumentCopies.entrySet()) {
      int index = copy.getKey();
      load(locals.parameter(index), locals.parameterSlot(index));
      store(locals.parameter(index), copy.getValue());
    }
    if (before != null) {
      enter(before);
    }
    if (after != null && after.repeats()) {
      mv.visitLabel(start);
      frame(true, List.of());
    }
    mv.visitLabel(coveredFrom);
  }

  private void enter(Before advice) {
    Type result = enteredSlot == NONE ? Type.VOID_TYPE : entered();
    call(advice.call(), true, false, result, Linkage.DEFAULT_VALUE);
    if (enteredSlot == NONE) {
      return;
    }
    store(result, enteredSlot);
    if (advice.answers()) {
      Label goOn = new Label();
      load(result, enteredSlot);
      mv.visitJumpInsn(result.equals(Type.BOOLEAN_TYPE) ? Opcodes.IFEQ : Opcodes.IFNULL, goOn);
      if (!site.returnsNothing()) {
        load(result, enteredSlot);
        mv.visitTypeInsn(Opcodes.CHECKCAST, returned.getInternalName());
      }
      if (after == null) {
        mv.visitInsn(returned.getOpcode(Opcodes.IRETURN));
      } else {
        exit(after);
      }
      mv.visitLabel(goOn);
      frame(true, List.of());
    }
  }

  @Override
  public void visitInsn(int opcode) {
    if (after == null || opcode < Opcodes.IRETURN || opcode > Opcodes.RETURN) {
      super.visitInsn(opcode);
      return;
    }
    Label end = new Label();
    mv.visitLabel(end);
    cover(end);
    exit(after);
    coveredFrom = new Label();
    mv.visitLabel(coveredFrom);
  }

  /** Returns; what is returned is on the stack. */
  private void exit(After advice) {
    if (returnedSlot != NONE) {
      store(returned, returnedSlot);
    }
    if (advice.assigns()) {
      call(advice.call(), false, false, Linkage.erased(returned), 0);
      if (site.returnsReference()) {
        mv.visitTypeInsn(Opcodes.CHECKCAST, returned.getInternalName());
      }
    } else if (advice.repeats()) {
      call(advice.call(), false, false, Type.BOOLEAN_TYPE, Linkage.DEFAULT_VALUE);
      mv.visitJumpInsn(Opcodes.IFNE, start);
    } else {
      call(advice.call(), false, false, Type.VOID_TYPE, Linkage.DEFAULT_VALUE);
    }
    if (returnedSlot != NONE && !advice.assigns()) {
      load(returned, returnedSlot);
    }
    mv.visitInsn(returned.getOpcode(Opcodes.IRETURN));
  }

  @Override
  public void visitMaxs(int maxStack, int maxLocals) {
    if (after != null && after.onThrowable()) {
      Label handler = new Label();
      mv.visitLabel(handler);
      cover(handler);
      for (int i = 0; i < covered.size(); i += 2) {
        // After the method's own: the first that fits is taken.
        mv.visitTryCatchBlock(covered.get(i), covered.get(i + 1), handler, "java/lang/Throwable");
      }
      frame(false, List.of("java/lang/Throwable"));
      if (thrownSlot != NONE) {
        mv.visitInsn(Opcodes.DUP);
        store(Linkage.OBJECT, thrownSlot);
      }
      call(after.call(), false, true, Type.VOID_TYPE, Linkage.DEFAULT_VALUE);
      mv.visitInsn(Opcodes.ATHROW);
    }
    super.visitMaxs(maxStack + stackNeeded + 2, maxLocals + locals.shift());
  }

  /** Code up to here, if any, is left to {@code after} when it throws. */
  private void cover(Label end) {
    if (coveredFrom.getOffset() < end.getOffset()) {
      covered.add(coveredFrom);
      covered.add(end);
    }
  }

  /**
   * Calls advice.
   *
   * @param atEntry whether parameters are what they were; else their copies are taken
   * @param result of the call, erased
   */
  private void call(
      Call call, boolean atEntry, boolean thrown, Type result, int onFailureArgument) {
    StringBuilder type = new StringBuilder("(");
    int size = 0;
    Type[] declared = Type.getArgumentTypes(call.descriptor());
    for (int i = 0; i < declared.length; i++) {
      Type pushed = push(call.parameters().get(i), declared[i], atEntry, thrown);
      type.append(Linkage.erased(pushed).getDescriptor());
      size += pushed.getSize();
    }
    stackNeeded = Math.max(stackNeeded, size + 1);
    String descriptor = type.append(')').append(result.getDescriptor()).toString();
    Linkage.advice(mv, module, advice.name(), call, descriptor, onFailureArgument);
  }

  /**
   * Puts it on the stack.
   *
   * @param declared what the advice takes it for; its default value is given where there is nothing
   * @return its type
   */
  private Type push(Parameter parameter, Type declared, boolean atEntry, boolean thrown) {
    if (parameter instanceof Parameter.This) {
      pushThis(atEntry);
      return Linkage.OBJECT;
    }
    if (parameter instanceof Parameter.Argument argument) {
      int index = argument.index();
      Type type = locals.parameter(index);
      load(
          type,
          atEntry
              ? locals.parameterSlot(index)
              : Objects.requireNonNull(argumentCopies.get(index)));
      return type;
    }
    if (parameter instanceof Parameter.Field field) {
      return pushField(field.name(), atEntry);
    }
    if (parameter instanceof Parameter.Enter && enteredSlot != NONE) {
      load(entered(), enteredSlot);
      return entered();
    }
    if (parameter instanceof Parameter.Return && !site.returnsNothing()) {
      if (thrown || returnedSlot == NONE) {
        mv.visitInsn(defaultOf(returned));
      } else {
        load(returned, returnedSlot);
      }
      return returned;
    }
    if (parameter instanceof Parameter.Thrown && thrown) {
      load(Linkage.OBJECT, thrownSlot);
      return Linkage.OBJECT;
    }
    mv.visitInsn(defaultOf(declared));
    return declared;
  }

  private void pushThis(boolean atEntry) {
    if (site.isStatic()) {
      throw new UnexpectedLibraryException(site + " is static");
    }
    mv.visitVarInsn(Opcodes.ALOAD, atEntry || thisCopy == NONE ? 0 : thisCopy);
  }

  private Type pushField(String name, boolean atEntry) {
    String descriptor = site.fields().get(name);
    if (descriptor == null) {
      throw new UnexpectedLibraryException(
          site.owner().replace('/', '.') + " has no field " + name);
    }
    if (descriptor.startsWith("=")) {
      descriptor = descriptor.substring(1);
      mv.visitFieldInsn(Opcodes.GETSTATIC, site.owner(), name, descriptor);
    } else {
      pushThis(atEntry);
      mv.visitFieldInsn(Opcodes.GETFIELD, site.owner(), name, descriptor);
    }
    return Type.getType(descriptor);
  }

  private static int defaultOf(Type type) {
    return switch (type.getSort()) {
      case Type.LONG -> Opcodes.LCONST_0;
      case Type.FLOAT -> Opcodes.FCONST_0;
      case Type.DOUBLE -> Opcodes.DCONST_0;
      case Type.ARRAY, Type.OBJECT -> Opcodes.ACONST_NULL;
      default -> Opcodes.ICONST_0;
    };
  }

  private void load(Type type, int slot) {
    mv.visitVarInsn(type.getOpcode(Opcodes.ILOAD), slot);
  }

  private void store(Type type, int slot) {
    mv.visitVarInsn(type.getOpcode(Opcodes.ISTORE), slot);
  }

  /**
   * A frame at a place of ours. An instruction follows it: the method's code may go on with another
   * frame, and two can't be at one place.
   *
   * @param atStart whether the parameters are what they were; else they are taken for unknown
   */
  private void frame(boolean atStart, List<Object> stack) {
    Object[] known = locals.frame(atStart);
    mv.visitFrame(Opcodes.F_NEW, known.length, known, stack.size(), stack.toArray());
    mv.visitInsn(Opcodes.NOP);
  }

  @Override
  public void visitFrame(
      int type,
      int localCount,
      Object @Nullable [] known,
      int stackCount,
      Object @Nullable [] stack) {
    if (locals.shift() == 0 || known == null) {
      super.visitFrame(type, localCount, known, stackCount, stack);
    } else {
      Object[] moved = locals.frame(localCount, known);
      super.visitFrame(type, moved.length, moved, stackCount, stack);
    }
  }

  @Override
  public void visitVarInsn(int opcode, int variable) {
    if (opcode >= Opcodes.ISTORE && opcode <= Opcodes.ASTORE && locals.isParameter(variable)) {
      boolean wide = opcode == Opcodes.LSTORE || opcode == Opcodes.DSTORE;
      if (wide && locals.straddles(variable)) {
        throw new UnexpectedLibraryException(
            site + " has a local variable across its parameters' end");
      }
      requireUnchanged();
    }
    super.visitVarInsn(opcode, locals.moved(variable));
  }

  @Override
  public void visitIincInsn(int variable, int increment) {
    if (locals.isParameter(variable)) {
      requireUnchanged();
    }
    super.visitIincInsn(locals.moved(variable), increment);
  }

  @Override
  public void visitLocalVariable(
      String name,
      String descriptor,
      @Nullable String signature,
      Label from,
      Label to,
      int variable) {
    super.visitLocalVariable(name, descriptor, signature, from, to, locals.moved(variable));
  }

  @Override
  public AnnotationVisitor visitLocalVariableAnnotation(
      int typeReference,
      TypePath path,
      Label[] from,
      Label[] to,
      int[] variables,
      String descriptor,
      boolean visible) {
    int[] moved = variables.clone();
    for (int i = 0; i < moved.length; i++) {
      moved[i] = locals.moved(moved[i]);
    }
    return super.visitLocalVariableAnnotation(
        typeReference, path, from, to, moved, descriptor, visible);
  }

  private void requireUnchanged() {
    if (after != null && after.repeats()) {
      throw new UnexpectedLibraryException(site + " changes an argument");
    }
  }
}
