package dev.weft.instrumentation.weaver;

import java.util.Map;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * A method that advice is woven into.
 *
 * @param owner internal name of its class
 * @param fields descriptors of that class's fields by name; those of static ones follow a {@code
 *     '='}
 */
record Site(String owner, int access, String name, String descriptor, Map<String, String> fields) {

  boolean isStatic() {
    return (access & Opcodes.ACC_STATIC) != 0;
  }

  boolean isConstructor() {
    return name.equals("<init>");
  }

  Type returned() {
    return Type.getReturnType(descriptor);
  }

  boolean returnsReference() {
    return returned().getSort() >= Type.ARRAY;
  }

  boolean returnsNothing() {
    return returned().getSort() == Type.VOID;
  }

  @Override
  public String toString() {
    return owner.replace('/', '.') + '.' + name;
  }
}
