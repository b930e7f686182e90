package dev.weft.agent.packaging;

import dev.weft.agent.MeshWorkload;
import dev.weft.instrumentation.api.Instrumentation;
import dev.weft.instrumentation.weaver.Catalog;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * The layout of the agent's jar: at the root the classes that the JVM loads, and in one directory,
 * out of the application's sight, everything else. The same input gives the same bytes.
 */
public final class AgentJar {

  private static final String DIRECTORY = "weft/";
  private static final LocalDateTime TIME = LocalDateTime.of(2026, 1, 1, 0, 0);

  /** By name: the order in the jar. */
  private final Map<String, byte[]> entries = new TreeMap<>();

  private final String version;

  /** An empty jar of an agent of this version. */
  public AgentJar(String version) {
    this.version = version;
  }

  /** Premain classes, inner jar, the jar to write, version. */
  public static void main(String[] arguments) throws IOException {
    AgentJar jar = new AgentJar(arguments[3]);
    jar.addRoot(Path.of(arguments[0]));
    jar.addInner(Path.of(arguments[1]));
    List<Instrumentation> modules = new ArrayList<>();
    ServiceLoader.load(Instrumentation.class).forEach(modules::add);
    jar.addInner(MeshWorkload.VERSION, arguments[3].getBytes(StandardCharsets.UTF_8));
    jar.addInner(Catalog.RESOURCE, Catalog.of(modules).toText().getBytes(StandardCharsets.UTF_8));
    jar.write(Path.of(arguments[2]));
  }

  /** Adds the class files below a directory, for the JVM to load. */
  public void addRoot(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
        String name = directory.relativize(file).toString().replace('\\', '/');
        if (!name.endsWith("package-info.class")) {
          entries.put(name, Files.readAllBytes(file));
        }
      }
    }
  }

  /** Adds what a jar holds, for the agent's class loader. */
  public void addInner(Path jar) throws IOException {
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      for (ZipEntry entry : Collections.list(zip.entries())) {
        if (!entry.isDirectory() && !entry.getName().equals("META-INF/MANIFEST.MF")) {
          try (InputStream in = zip.getInputStream(entry)) {
            byte[] content = in.readAllBytes();
            addInner(entry.getName(), isLibraryClass(entry) ? Slim.classFile(content) : content);
          }
        }
      }
    }
  }

  private static boolean isLibraryClass(ZipEntry entry) {
    return entry.getName().endsWith(".class") && !entry.getName().startsWith("dev/weft/");
  }

  /** Adds a class file or resource for the agent's class loader. */
  public void addInner(String name, byte[] content) {
    entries.put(DIRECTORY + (name.endsWith(".class") ? name + "data" : name), content);
  }

  /**
   * Writes the jar, beside one that is there: a JVM that runs with that goes on reading from it.
   */
  public void write(Path file) throws IOException {
    Path written = file.resolveSibling(file.getFileName() + ".new");
    try (OutputStream out = Files.newOutputStream(written);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.setLevel(Deflater.BEST_COMPRESSION);
      write(zip, "META-INF/MANIFEST.MF", manifest().getBytes(StandardCharsets.UTF_8));
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        write(zip, entry.getKey(), entry.getValue());
      }
    }
    Files.move(written, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  private static void write(ZipOutputStream zip, String name, byte[] content) throws IOException {
    ZipEntry entry = new ZipEntry(name);
    entry.setTimeLocal(TIME);
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }

  private String manifest() {
    return String.join(
        "\r\n",
        "Manifest-Version: 1.0",
        "Premain-Class: dev.weft.agent.premain.WeftAgent",
        "Can-Redefine-Classes: true",
        "Can-Retransform-Classes: true",
        "Implementation-Title: weft-agent",
        "Implementation-Version: " + version,
        "",
        "");
  }
}
