package dev.weft.instrumentation.weaver;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * The local variables of an advised method: its parameters, then what we keep, then its own, moved
 * up.
 */
final class LocalVariables {

  private final Site site;
  private final Type[] parameters;
  private final int[] parameterSlots;

  /** What comes after the parameters, as the method is. */
  private final int firstLocal;

  /** What we keep, in the order of its slots; null is what has no value everywhere. */
  private final List<@Nullable Type> kept = new ArrayList<>();

  private int shift;

  LocalVariables(Site site) {
    this.site = site;
    parameters = Type.getArgumentTypes(site.descriptor());
    parameterSlots = new int[parameters.length];
    int slot = site.isStatic() ? 0 : 1;
    for (int i = 0; i < parameters.length; i++) {
      parameterSlots[i] = slot;
      slot += parameters[i].getSize();
    }
    firstLocal = slot;
  }

  /**
   * The type of a parameter.
   *
   * @throws UnexpectedLibraryException there is none
   */
  Type parameter(int index) {
    if (index >= parameters.length) {
      throw new UnexpectedLibraryException(site + " has no argument " + index);
    }
    return parameters[index];
  }

  int parameterSlot(int index) {
    return parameterSlots[index];
  }

  boolean isParameter(int variable) {
    return variable < firstLocal;
  }

  /** Whether a long or double there would be half a parameter and half something that we keep. */
  boolean straddles(int variable) {
    return variable + 1 == firstLocal && shift > 0;
  }

  /** A slot for what has a value from the method's entry on. */
  int keep(Type type) {
    int slot = firstLocal + shift;
    kept.add(type);
    shift += type.getSize();
    return slot;
  }

  /** A slot for what has a value at exits only. */
  int keepForExit(Type type) {
    int slot = firstLocal + shift;
    for (int i = 0; i < type.getSize(); i++) {
      kept.add(null);
    }
    shift += type.getSize();
    return slot;
  }

  /** By how much the method's own variables have moved. */
  int shift() {
    return shift;
  }

  int moved(int variable) {
    return isParameter(variable) ? variable : variable + shift;
  }

  /**
   * A frame's local variables where the method has none of its own.
   *
   * @param atStart whether the parameters are what they were; else they are taken for unknown
   */
  Object[] frame(boolean atStart) {
    List<Object> locals = new ArrayList<>();
    if (!site.isStatic()) {
      locals.add(atStart ? site.owner() : Opcodes.TOP);
    }
    for (Type parameter : parameters) {
      if (atStart) {
        locals.add(frameType(parameter));
      } else {
        locals.addAll(Collections.nCopies(parameter.getSize(), Opcodes.TOP));
      }
    }
    addKept(locals);
    return locals.toArray();
  }

  /** One of the method's own frames with what we keep. */
  Object[] frame(int count, Object[] locals) {
    List<Object> moved = new ArrayList<>(count + kept.size() + 1);
    int i = 0;
    for (int slot = 0; slot < firstLocal; i++) {
      Object local = i < count ? locals[i] : Opcodes.TOP;
      moved.add(local);
      slot += local == Opcodes.LONG || local == Opcodes.DOUBLE ? 2 : 1;
    }
    addKept(moved);
    for (; i < count; i++) {
      moved.add(locals[i]);
    }
    return moved.toArray();
  }

  private void addKept(List<Object> locals) {
    for (Type type : kept) {
      locals.add(type == null ? Opcodes.TOP : frameType(type));
    }
  }

  private static Object frameType(Type type) {
    return switch (type.getSort()) {
      case Type.LONG -> Opcodes.LONG;
      case Type.FLOAT -> Opcodes.FLOAT;
      case Type.DOUBLE -> Opcodes.DOUBLE;
      case Type.ARRAY, Type.OBJECT -> type.getInternalName();
      default -> Opcodes.INTEGER;
    };
  }
}
