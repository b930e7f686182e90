package dev.weft.instrumentation.weaver;

import dev.weft.instrumentation.api.OnFailure;
import java.util.List;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.description.annotation.AnnotationDescription;
import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.description.method.ParameterDescription;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.jar.asm.Handle;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.utility.JavaType;
import net.bytebuddy.utility.OpenedClassReader;

/**
 * How a woven method calls advice: by an {@code invokedynamic} that {@code java.lang.WeftLinkage}
 * links.
 *
 * <p>ByteBuddy is told of a bootstrap method without arguments of its own, and the arguments are
 * added to the instruction as it is written. Describing them to ByteBuddy would make it load some
 * fifty classes and generate proxies, when the application starts.
 */
final class AdviceCall extends MethodVisitor {

  private static final String LINKAGE = JavaBase.LINKAGE.replace('.', '/');

  static final Handle BOOTSTRAP =
      new Handle(
          Opcodes.H_INVOKESTATIC,
          LINKAGE,
          "advice",
          "(Ljava/lang/invoke/MethodHandles$Lookup;Ljava/lang/String;Ljava/lang/invoke/MethodType;"
              + "Ljava/lang/String;Ljava/lang/String;Ljava/lang/String;)"
              + "Ljava/lang/invoke/CallSite;",
          false);

  /** What ByteBuddy is told. */
  static final MethodDescription.InDefinedShape DESCRIBED = described();

  private final String module;
  private final TypeDescription advice;

  AdviceCall(String module, TypeDescription advice, MethodVisitor next) {
    super(OpenedClassReader.ASM_API, next);
    this.module = module;
    this.advice = advice;
  }

  /** ByteBuddy's advice for methods, with these calls. */
  static Advice.WithCustomMapping advice() {
    return Advice.withCustomMapping()
        .with(new Advice.AssignReturned.Factory())
        .bootstrap(DESCRIBED, (method, exit) -> (type, woven) -> List.of());
  }

  @Override
  public void visitInvokeDynamicInsn(
      String name, String descriptor, Handle bootstrap, Object... arguments) {
    if (bootstrap.getOwner().equals(LINKAGE) && arguments.length == 0) {
      super.visitInvokeDynamicInsn(
          name, descriptor, BOOTSTRAP, module, advice.getName(), onFailure(name));
    } else {
      super.visitInvokeDynamicInsn(name, descriptor, bootstrap, arguments);
    }
  }

  /** The method that {@link OnFailure} names on this advice method, or empty. */
  private String onFailure(String adviceMethod) {
    for (MethodDescription method : advice.getDeclaredMethods()) {
      if (method.getName().equals(adviceMethod)) {
        for (AnnotationDescription annotation : method.getDeclaredAnnotations()) {
          if (annotation.getAnnotationType().getName().equals(OnFailure.class.getName())) {
            return annotation.getValue("value").resolve(String.class);
          }
        }
      }
    }
    return "";
  }

  private static MethodDescription.InDefinedShape described() {
    return new MethodDescription.Latent(
        new TypeDescription.Latent(
            JavaBase.LINKAGE,
            Opcodes.ACC_PUBLIC,
            TypeDescription.Generic.OfNonGenericType.ForLoadedType.of(Object.class)),
        BOOTSTRAP.getName(),
        Opcodes.ACC_PUBLIC | Opcodes.ACC_STATIC,
        List.of(),
        JavaType.CALL_SITE.getTypeStub().asGenericType(),
        List.of(
            new ParameterDescription.Token(
                JavaType.METHOD_HANDLES_LOOKUP.getTypeStub().asGenericType()),
            new ParameterDescription.Token(
                TypeDescription.Generic.OfNonGenericType.ForLoadedType.of(String.class)),
            new ParameterDescription.Token(JavaType.METHOD_TYPE.getTypeStub().asGenericType())),
        List.of(),
        List.of(),
        null,
        null);
  }
}
