package dev.weft.instrumentation.weaver;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.instrument.Instrumentation;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.util.Map;
import java.util.Set;

/** Puts {@code java.lang.WeftLinkage} into {@code java.base} and connects it to the linker. */
final class JavaBase {

  /** Binary name of the class whose static methods are the bootstrap methods of woven code. */
  static final String LINKAGE = "java.lang.WeftLinkage";

  private JavaBase() {}

  static void install(Instrumentation jvm, Linker linker) throws ReflectiveOperationException {
    jvm.redefineModule(
        Object.class.getModule(),
        Set.of(),
        Map.of(),
        Map.of("java.lang", Set.of(JavaBase.class.getModule())),
        Set.of(),
        Map.of());
    MethodHandles.Lookup javaLang =
        MethodHandles.privateLookupIn(Object.class, MethodHandles.lookup());
    MethodHandles.Lookup linkage =
        MethodHandles.privateLookupIn(defined(javaLang), MethodHandles.lookup());
    set(linkage, "adviceLinker", linker.adviceLinker());
    set(linkage, "callLinker", linker.callLinker());
  }

  private static void set(MethodHandles.Lookup linkage, String field, MethodHandle linker)
      throws ReflectiveOperationException {
    linkage
        .findStaticVarHandle(linkage.lookupClass(), field, MethodHandle.class)
        .setVolatile(linker);
  }

  private static Class<?> defined(MethodHandles.Lookup javaLang) throws IllegalAccessException {
    try {
      return javaLang.findClass(LINKAGE);
    } catch (ClassNotFoundException e) {
      return javaLang.defineClass(classFile());
    }
  }

  private static byte[] classFile() {
    try (InputStream in =
        JavaBase.class.getResourceAsStream("javabase/java/lang/WeftLinkage.class")) {
      if (in == null) {
        throw new IllegalStateException(LINKAGE + " is missing");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
