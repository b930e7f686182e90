package dev.weft.instrumentation.weaver;

import dev.weft.instrumentation.weaver.AdviceClass.After;
import dev.weft.instrumentation.weaver.AdviceClass.Before;
import dev.weft.instrumentation.weaver.AdviceClass.Call;
import dev.weft.instrumentation.weaver.AdviceClass.Parameter;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.AnnotationVisitor;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/** Reads an advice class without loading it: that happens when woven code is linked to it. */
final class AdviceReader extends ClassVisitor {

  /** By name: their classes are nobody's business at run time. */
  private static final String API = "Ldev/weft/instrumentation/api/";

  private static final String BEFORE = API + "Advice$OnMethodEnter;";
  private static final String AFTER = API + "Advice$OnMethodExit;";
  private static final String ASSIGNS = API + "Advice$AssignReturned;";
  private static final String ON_FAILURE = API + "OnFailure;";

  private final String name;
  private @Nullable Before before;
  private @Nullable After after;

  private AdviceReader(String name) {
    super(Opcodes.ASM9);
    this.name = name;
  }

  /**
   * Reads the class.
   *
   * @param name binary name
   * @throws IllegalStateException if there is no such class, or it is no advice
   */
  static AdviceClass read(ClassLoader agentLoader, String name) {
    try (InputStream in = agentLoader.getResourceAsStream(name.replace('.', '/') + ".class")) {
      if (in == null) {
        throw new IllegalStateException("no advice class " + name);
      }
      AdviceReader reader = new AdviceReader(name);
      new ClassReader(in.readAllBytes()).accept(reader, ClassReader.SKIP_CODE);
      if (reader.before == null && reader.after == null) {
        throw new IllegalStateException(name + " has no advice");
      }
      return new AdviceClass(name, reader.before, reader.after);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public MethodVisitor visitMethod(
      int access,
      String method,
      String descriptor,
      @Nullable String signature,
      String @Nullable [] exceptions) {
    return new Annotated(method, descriptor);
  }

  /** A method of the class, which may be advice. */
  private final class Annotated extends MethodVisitor {

    private final String method;
    private final String descriptor;
    private final @Nullable Parameter[] parameters;
    private final Map<String, Map<String, Object>> annotations = new HashMap<>();

    Annotated(String method, String descriptor) {
      super(Opcodes.ASM9);
      this.method = method;
      this.descriptor = descriptor;
      this.parameters = new Parameter[Type.getArgumentCount(descriptor)];
    }

    @Override
    public AnnotationVisitor visitAnnotation(String type, boolean visible) {
      Map<String, Object> values = new HashMap<>();
      annotations.put(type, values);
      return values(values);
    }

    @Override
    public @Nullable AnnotationVisitor visitParameterAnnotation(
        int index, String type, boolean visible) {
      switch (type) {
        case API + "Advice$This;" -> parameters[index] = Parameter.THIS;
        case API + "Advice$Enter;" -> parameters[index] = Parameter.ENTER;
        case API + "Advice$Return;" -> parameters[index] = Parameter.RETURN;
        case API + "Advice$Thrown;" -> parameters[index] = Parameter.THROWN;
        case API + "Advice$Argument;", API + "Advice$FieldValue;" -> {
          return new AnnotationVisitor(Opcodes.ASM9) {
            @Override
            public void visit(String key, Object value) {
              parameters[index] =
                  value instanceof Integer argument
                      ? new Parameter.Argument(argument)
                      : new Parameter.Field((String) value);
            }
          };
        }
        default -> {
          // Nullability, and whatever else says nothing to us.
        }
      }
      return null;
    }

    @Override
    public void visitEnd() {
      Map<String, Object> enter = annotations.get(BEFORE);
      Map<String, Object> exit = annotations.get(AFTER);
      if ((enter != null && before != null) || (exit != null && after != null)) {
        throw malformed("is the second of its kind");
      }
      if (enter != null) {
        before = new Before(call(), is(enter, "answers"));
      }
      if (exit != null) {
        after =
            new After(
                call(),
                is(exit, "onThrowable"),
                is(exit, "repeats"),
                annotations.containsKey(ASSIGNS));
        if (after.assigns() && after.repeats()) {
          throw malformed("can't both assign and repeat");
        }
        if (after.assigns() && (parameters.length == 0 || parameters[0] != Parameter.RETURN)) {
          throw malformed("assigns without taking what is returned first");
        }
      }
    }

    private Call call() {
      List<Parameter> taken = new ArrayList<>(parameters.length);
      for (Parameter parameter : parameters) {
        if (parameter == null) {
          throw malformed("doesn't say what it takes: " + Arrays.toString(parameters));
        }
        taken.add(parameter);
      }
      Object onFailure = annotations.getOrDefault(ON_FAILURE, Map.of()).get("value");
      return new Call(method, descriptor, taken, onFailure == null ? "" : (String) onFailure);
    }

    private IllegalStateException malformed(String how) {
      return new IllegalStateException(name + '.' + method + ' ' + how);
    }

    private boolean is(Map<String, Object> values, String key) {
      return Boolean.TRUE.equals(values.get(key));
    }

    private AnnotationVisitor values(Map<String, Object> values) {
      return new AnnotationVisitor(Opcodes.ASM9) {
        @Override
        public void visit(String key, Object value) {
          values.put(key, value);
        }
      };
    }
  }
}
