package dev.weft.instrumentation.api;

import java.util.List;
import java.util.Set;

/**
 * What one library family needs done to be part of the mesh.
 *
 * <p>Registered in {@code META-INF/services/dev.weft.instrumentation.api.Instrumentation}; has a
 * public constructor without parameters. This class is loaded by the agent's class loader, possibly
 * long before the library is and never beside it: it names library types by strings and must not
 * refer to one. Its answers are constant: the agent's build asks for {@link #name()}, {@link
 * #opens()} and the type names once and writes them into the agent's jar, so that a module whose
 * library isn't used costs nothing at run time.
 *
 * <p>The module's other classes, its advice among them, are loaded anew for each class loader that
 * has the library: whatever shares this class's package, or a package below it, is defined by a
 * class loader of its own that sees {@code dev.weft.engine} and this API through the agent, and all
 * else through the library's class loader. So advice is plain Java against both the engine and the
 * library. It follows that the module's static state exists once per class loader of the library,
 * and that the engine must not be given a strong reference to an object of the module or the
 * library which outlives the library's own use of it.
 */
public interface Instrumentation {

  /**
   * The module's name in lower case, words separated by hyphens. {@code jdk-httpclient} is switched
   * off by {@code WEFT_INSTRUMENTATION_JDK_HTTPCLIENT_ENABLED=false}.
   */
  String name();

  /** The types to weave, each at most once. */
  List<TypeInstrumentation> types();

  /**
   * Packages of JDK modules, written {@code module/package} as on {@code java}'s command line, that
   * the module's advice uses or reflects upon although the JDK doesn't export them: {@code
   * java.base/sun.nio.ch}. They are opened and exported to the module's advice and to nobody else.
   */
  default Set<String> opens() {
    return Set.of();
  }
}
