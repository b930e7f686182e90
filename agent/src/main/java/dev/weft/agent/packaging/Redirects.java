package dev.weft.agent.packaging;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Has a library's calls go to the agent instead, where the library would touch what is the
 * application's: {@code dev.weft.agent.LibraryTls} says what and why.
 */
final class Redirects extends ClassVisitor {

  private static final String LIBRARY_TLS = "dev/weft/agent/LibraryTls";
  private static final String CONTEXT = "javax/net/ssl/SSLContext";
  private static final String INIT =
      "([Ljavax/net/ssl/KeyManager;[Ljavax/net/ssl/TrustManager;Ljava/security/SecureRandom;)V";

  /** By class: what it calls, and the descriptor of the static method that takes its place. */
  private static final Map<String, Map<String, String>> BY_CLASS =
      Map.of(
          "io/grpc/okhttp/internal/Platform",
          Map.of(
              CONTEXT + ".getDefault()L" + CONTEXT + ";",
              "()L" + CONTEXT + ";",
              CONTEXT + ".init" + INIT,
              "(L" + CONTEXT + ";" + INIT.substring(1)));

  private final Map<String, String> redirects;

  private Redirects(ClassVisitor next, Map<String, String> redirects) {
    super(Opcodes.ASM9, next);
    this.redirects = redirects;
  }

  /**
   * @param name of a class, with slashes
   */
  static ClassVisitor in(String name, ClassVisitor next) {
    Map<String, String> redirects = BY_CLASS.get(name);
    return redirects == null ? next : new Redirects(next, redirects);
  }

  @Override
  public MethodVisitor visitMethod(
      int access,
      String name,
      String descriptor,
      @Nullable String signature,
      String @Nullable [] exceptions) {
    return new MethodVisitor(
        Opcodes.ASM9, super.visitMethod(access, name, descriptor, signature, exceptions)) {
      @Override
      public void visitMethodInsn(
          int opcode, String owner, String called, String type, boolean isInterface) {
        String instead = redirects.get(owner + "." + called + type);
        if (instead == null) {
          super.visitMethodInsn(opcode, owner, called, type, isInterface);
        } else {
          super.visitMethodInsn(Opcodes.INVOKESTATIC, LIBRARY_TLS, called, instead, false);
        }
      }
    };
  }
}
