package dev.weft.instrumentation.tomcat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.awaitility.Awaitility;

/** A JVM that runs the application on one version of Tomcat, with the agent of the test. */
final class TomcatProcess implements AutoCloseable {

  private final Path log;
  private final Process process;
  private final Writer commands;
  private final List<String> output = new ArrayList<>();
  private final int[] ports = new int[5];
  private final List<String> startup = new CopyOnWriteArrayList<>();

  /**
   * @param tomcat directory of the version's jars
   * @param base the application's directory, holding {@code application.p12} and {@code www}
   * @param identity the workload's certificate
   */
  static TomcatProcess start(Path javaHome, Path tomcat, Path base, Path identity)
      throws IOException {
    Path classes = compileApplication(tomcat, Files.createDirectories(base.resolve("classes")));
    Path classPath = Files.writeString(base.resolve("agent-class-path"), agentClassPath());
    return new TomcatProcess(
        new ProcessBuilder(
            javaHome.resolve("bin/java").toString(),
            "-Xmx256m",
            "-javaagent:" + agentJar(base) + "=" + classPath,
            "-Dweft.test.identity=" + identity,
            "-cp",
            tomcat + "/*" + File.pathSeparator + classes,
            "App",
            base.toString()),
        base.resolve("log"));
  }

  private TomcatProcess(ProcessBuilder builder, Path log) throws IOException {
    this.log = log;
    process = builder.redirectError(log.toFile()).start();
    commands = process.outputWriter(StandardCharsets.UTF_8);
    Thread reader = new Thread(this::read, "output of Tomcat");
    reader.setDaemon(true);
    reader.start();
    await(Duration.ofSeconds(60)).until(() -> ports[4] != 0 || !process.isAlive());
    assertThat(process.isAlive()).as(() -> String.join("\n", log())).isTrue();
  }

  private void read() {
    try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line; (line = reader.readLine()) != null; ) {
        synchronized (output) {
          output.add(line);
        }
        if (line.matches("event (binding|guard|bound|serving)( .*)?")) {
          startup.add(line.substring("event ".length()));
        }
        if (line.startsWith("ports ")) {
          String[] words = line.split(" ", -1);
          for (int i = 0; i < ports.length; i++) {
            ports[i] = Integer.parseInt(words[i + 1]);
          }
        }
      }
    } catch (IOException e) {
      // It has ended.
    }
  }

  /** Without TLS of its own, with HTTP/2 enabled. */
  int port() {
    return ports[0];
  }

  /** Without TLS of its own, HTTP/1.1 only, with a connection timeout of two seconds. */
  int http1Port() {
    return ports[1];
  }

  /** With TLS of the application's own. */
  int tlsPort() {
    return ports[2];
  }

  /** Of an NIO2 endpoint. */
  int nio2Port() {
    return ports[3];
  }

  /** Whose connector is paused as soon as the first line of a request was read. */
  int pausingPort() {
    return ports[4];
  }

  /** Gives the scripted mesh a command; when it was obeyed, what was told before is forgotten. */
  void command(String command) throws IOException {
    commands.write(command + "\n");
    commands.flush();
    awaitEvent("did " + command);
    forget();
  }

  void forget() {
    synchronized (output) {
      output.removeIf(line -> line.startsWith("event "));
    }
  }

  List<String> events() {
    return lines("event ").stream().map(line -> line.substring(6)).toList();
  }

  private List<String> lines(String prefix) {
    synchronized (output) {
      return output.stream().filter(line -> line.startsWith(prefix)).toList();
    }
  }

  /** Waits for an event that begins in one of these ways. */
  String awaitEvent(String... prefixes) {
    await(Duration.ofSeconds(10))
        .failFast("the process has ended", () -> !process.isAlive())
        .untilAsserted(() -> assertThat(events()).anyMatch(event -> startsWith(event, prefixes)));
    return events().stream().filter(event -> startsWith(event, prefixes)).findFirst().orElseThrow();
  }

  private static boolean startsWith(String event, String... prefixes) {
    return Arrays.stream(prefixes).anyMatch(event::startsWith);
  }

  /** What was told of its listening sockets. */
  List<String> startup() {
    return startup;
  }

  /** The ports that are said to be guarded. */
  List<Integer> guarded() {
    return startup.stream()
        .filter(told -> told.matches("guard \\d.*"))
        .map(told -> Integer.valueOf(told.split(" ", -1)[1]))
        .toList();
  }

  /** What Tomcat has logged. */
  List<String> log() {
    try {
      return Files.readAllLines(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static org.awaitility.core.ConditionFactory await(Duration atMost) {
    return Awaitility.await().pollInterval(Duration.ofMillis(5)).atMost(atMost);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  private static Path compileApplication(Path tomcat, Path classes) throws IOException {
    String source = Files.readString(Path.of("src/test/app/App.java"));
    if (tomcat.getFileName().toString().startsWith("9.")) {
      source = source.replace("jakarta.", "javax.");
    }
    Path file = Files.writeString(classes.resolve("App.java"), source);
    String jars;
    try (Stream<Path> files = Files.list(tomcat)) {
      jars = files.map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    }
    int result =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-proc:none",
                "-nowarn",
                "--release",
                "17",
                "-cp",
                jars,
                "-d",
                classes.toString(),
                file.toString());
    assertThat(result).isZero();
    return classes;
  }

  /** This test's own class path, without Tomcat. */
  private static String agentClassPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .filter(entry -> !entry.contains("tomcat-embed") && !entry.contains("tomcat-annotations"))
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static Path agentJar(Path directory) throws IOException {
    Manifest manifest = new Manifest();
    Attributes attributes = manifest.getMainAttributes();
    attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    attributes.putValue("Premain-Class", TestAgent.class.getName());
    attributes.putValue("Can-Redefine-Classes", "true");
    attributes.putValue("Can-Retransform-Classes", "true");
    Path jar = directory.resolve("agent.jar");
    String entry = TestAgent.class.getName().replace('.', '/') + ".class";
    try (OutputStream out = Files.newOutputStream(jar);
        JarOutputStream entries = new JarOutputStream(out, manifest);
        var in = TestAgent.class.getClassLoader().getResourceAsStream(entry)) {
      entries.putNextEntry(new JarEntry(entry));
      in.transferTo(entries);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return jar;
  }
}
