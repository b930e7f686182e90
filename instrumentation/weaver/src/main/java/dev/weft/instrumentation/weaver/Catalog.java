package dev.weft.instrumentation.weaver;

import dev.weft.instrumentation.api.Instrumentation;
import dev.weft.instrumentation.api.TypeInstrumentation;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The instrumentation modules there are and the types each is about, known without running any of
 * their code: written when the agent is built, read when it starts.
 *
 * <p>As text, a line for each module: {@code jdk-httpclient
 * dev.weft.instrumentation.jdkhttpclient.JdkHttpClient}, then lines that start with {@code opens}
 * or {@code type}, then the next module.
 */
public record Catalog(List<Module> modules) {

  /** Where the agent's class loader has the text. */
  public static final String RESOURCE = "dev/weft/instrumentation/catalog.txt";

  private static final String OPENS = "opens ";
  private static final String TYPE = "type ";

  /**
   * A module.
   *
   * @param className binary name of its {@link Instrumentation}
   */
  public record Module(String name, String className, Set<String> opens, List<String> types) {

    /** The package that holds the module's classes, with those below it. */
    String packageName() {
      return className.substring(0, className.lastIndexOf('.'));
    }
  }

  public Catalog {
    modules = List.copyOf(modules);
  }

  /** What the modules say of themselves. */
  public static Catalog of(Iterable<Instrumentation> instrumentations) {
    List<Module> modules = new ArrayList<>();
    for (Instrumentation instrumentation : instrumentations) {
      modules.add(
          new Module(
              instrumentation.name(),
              instrumentation.getClass().getName(),
              instrumentation.opens(),
              instrumentation.types().stream().map(TypeInstrumentation::typeName).toList()));
    }
    return new Catalog(modules);
  }

  /** Reads what {@link #toText} wrote. */
  public static Catalog parse(String text) {
    List<Module> modules = new ArrayList<>();
    for (String line : text.split("\n", -1)) {
      if (line.startsWith(OPENS)) {
        last(modules).opens().add(line.substring(OPENS.length()));
      } else if (line.startsWith(TYPE)) {
        last(modules).types().add(line.substring(TYPE.length()));
      } else if (!line.isEmpty()) {
        int space = line.indexOf(' ');
        modules.add(
            new Module(
                line.substring(0, space),
                line.substring(space + 1),
                new HashSet<>(),
                new ArrayList<>()));
      }
    }
    return new Catalog(modules);
  }

  private static Module last(List<Module> modules) {
    return modules.get(modules.size() - 1);
  }

  /** The text, always the same for the same modules. */
  public String toText() {
    StringBuilder text = new StringBuilder();
    for (Module module : modules) {
      text.append(module.name()).append(' ').append(module.className()).append('\n');
      module.opens().stream().sorted().forEach(it -> text.append(OPENS).append(it).append('\n'));
      module.types().forEach(it -> text.append(TYPE).append(it).append('\n'));
    }
    return text.toString();
  }
}
