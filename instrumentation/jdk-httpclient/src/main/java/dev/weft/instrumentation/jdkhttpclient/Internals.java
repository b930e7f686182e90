package dev.weft.instrumentation.jdkhttpclient;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.net.http.HttpClient;

/**
 * Finds members of the client's internal classes. The handles take and return {@code Object} where
 * the member has an internal type, so that they can be invoked exactly.
 */
final class Internals {

  private static final String PACKAGE = "jdk.internal.net.http";

  private Internals() {}

  static Class<?> type(String name) {
    try {
      return Class.forName(PACKAGE + '.' + name, false, HttpClient.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw unexpected(e);
    }
  }

  static MethodHandle getter(Class<?> owner, String name, Class<?> type) {
    return found(() -> lookup(owner).findGetter(owner, name, type));
  }

  static MethodHandle setter(Class<?> owner, String name, Class<?> type) {
    return found(() -> lookup(owner).findSetter(owner, name, type));
  }

  static MethodHandle method(
      Class<?> owner, String name, Class<?> returned, Class<?>... parameters) {
    MethodType type = MethodType.methodType(returned, parameters);
    return found(() -> lookup(owner).findVirtual(owner, name, type));
  }

  static MethodHandle staticMethod(
      Class<?> owner, String name, Class<?> returned, Class<?>... parameters) {
    MethodType type = MethodType.methodType(returned, parameters);
    return found(() -> lookup(owner).findStatic(owner, name, type));
  }

  static MethodHandle constructor(Class<?> owner, Class<?>... parameters) {
    MethodType type = MethodType.methodType(void.class, parameters);
    return found(() -> lookup(owner).findConstructor(owner, type));
  }

  /** Whether this JDK's class has the field. */
  static boolean hasField(Class<?> owner, String field) {
    for (var declared : owner.getDeclaredFields()) {
      if (declared.getName().equals(field)) {
        return true;
      }
    }
    return false;
  }

  /** Whether this JDK's class has the method. */
  static boolean declares(Class<?> owner, String method) {
    for (var declared : owner.getDeclaredMethods()) {
      if (declared.getName().equals(method)) {
        return true;
      }
    }
    return false;
  }

  /** What a handle throws is the client's own and goes where it would have gone. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // it is never returned
  static <T extends Throwable> RuntimeException rethrown(Throwable thrown) throws T {
    throw (T) thrown;
  }

  private static MethodHandles.Lookup lookup(Class<?> owner) throws IllegalAccessException {
    return MethodHandles.privateLookupIn(owner, MethodHandles.lookup());
  }

  private static MethodHandle found(Search search) {
    try {
      MethodHandle handle = search.run();
      MethodType type = handle.type();
      for (int i = 0; i < type.parameterCount(); i++) {
        type = type.changeParameterType(i, outside(type.parameterType(i)));
      }
      return handle.asType(type.changeReturnType(outside(type.returnType())));
    } catch (ReflectiveOperationException e) {
      throw unexpected(e);
    }
  }

  private static Class<?> outside(Class<?> type) {
    return type.getPackageName().startsWith(PACKAGE) ? Object.class : type;
  }

  private static IllegalStateException unexpected(ReflectiveOperationException e) {
    return new IllegalStateException("not the HttpClient that this was written for", e);
  }

  @FunctionalInterface
  private interface Search {
    MethodHandle run() throws ReflectiveOperationException;
  }
}
