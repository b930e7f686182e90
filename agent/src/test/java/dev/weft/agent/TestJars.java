package dev.weft.agent;

import dev.weft.agent.packaging.AgentJar;
import dev.weft.instrumentation.sample.SampleInstrumentation;
import dev.weft.instrumentation.sample.UnexpectedInstrumentation;
import dev.weft.instrumentation.weaver.Catalog;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** The jars that tests start JVMs with. */
final class TestJars {

  static final Path TARGET = Path.of("target").toAbsolutePath();

  /** The agent as it is shipped. */
  static final Path AGENT = TARGET.resolve("weft-agent.jar");

  private static final Path TEST_CLASSES = TARGET.resolve("test-classes");

  private TestJars() {}

  /** The agent, with the sample module and workload in it. */
  static Path sampleAgent(Path directory) {
    try {
      AgentJar jar = new AgentJar("test");
      jar.addRoot(TARGET.resolve("premain"));
      jar.addInner(TARGET.resolve("weft-agent-inner.jar"));
      String sample = "dev/weft/instrumentation/sample";
      for (Path file : files(TEST_CLASSES.resolve(sample))) {
        if (file.endsWith("GuardAdvice$Missing.class")) {
          continue;
        }
        jar.addInner(sample + '/' + file.getFileName(), Files.readAllBytes(file));
      }
      jar.addInner(
          "META-INF/services/dev.weft.agent.Workload",
          "dev.weft.instrumentation.sample.SampleWorkload".getBytes(StandardCharsets.UTF_8));
      List<dev.weft.instrumentation.api.Instrumentation> modules = new ArrayList<>();
      ServiceLoader.load(dev.weft.instrumentation.api.Instrumentation.class).forEach(modules::add);
      modules.add(new SampleInstrumentation());
      modules.add(new UnexpectedInstrumentation());
      jar.addInner(Catalog.RESOURCE, Catalog.of(modules).toText().getBytes(StandardCharsets.UTF_8));
      Path file = directory.resolve("sample-agent.jar");
      jar.write(file);
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** An agent like {@code agent} that fails to start. */
  static Path withoutCatalog(Path agent, Path directory) {
    Path broken = directory.resolve("broken-agent.jar");
    try {
      Files.copy(agent, broken);
      try (FileSystem jar = FileSystems.newFileSystem(broken)) {
        Files.delete(jar.getPath("weft", Catalog.RESOURCE));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return broken;
  }

  /** The test application. */
  static Path application(Path directory) {
    Path file = directory.resolve("app.jar");
    try (OutputStream out = Files.newOutputStream(file);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      for (Path entry : files(TEST_CLASSES.resolve("app"))) {
        zip.putNextEntry(new ZipEntry("app/" + entry.getFileName()));
        Files.copy(entry, zip);
        zip.closeEntry();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file;
  }

  private static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.sorted().toList();
    }
  }
}
