package dev.weft.benchmarks;

import dev.weft.demo.process.ChildProcess;
import dev.weft.demo.process.ControlServer;
import dev.weft.demo.process.Http;
import dev.weft.demo.process.JavaProcess;
import dev.weft.demo.process.MeshedApplication;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A control server with a policy in force, a sink for spans, and applications as they are asked
 * for.
 */
final class Testbed implements AutoCloseable {

  /** Compiler threads stay, for what one that ended has used could not be told any more. */
  private static final List<String> JVM =
      List.of("-Xmx256m", "-XX:-UseDynamicNumberOfCompilerThreads");

  /** The Envoys' namespace, as their templates have it. */
  private static final String SIDECARS = "sidecars";

  private final Path directory;
  private final Path agent;
  private final ControlServer control;
  private final SpanSink spans;

  private Testbed(Path directory, Path agent, ControlServer control, SpanSink spans) {
    this.directory = directory;
    this.agent = agent;
    this.control = control;
    this.spans = spans;
  }

  /**
   * @param root of the repository, where the jars were built
   * @param directory for everything that the run writes
   */
  static Testbed open(Path root, Path directory) throws IOException {
    Files.createDirectories(directory);
    // A jar that is built again while a JVM runs it leaves that JVM hanging: run copies.
    Path agent = copy(root.resolve("agent/target/weft-agent.jar"), directory);
    copy(root.resolve("examples/catalog/target/catalog.jar"), directory);
    copy(root.resolve("examples/storefront/target/storefront.jar"), directory);
    Path server =
        copy(root.resolve("control-server/server/target/weft-control-server.jar"), directory);
    ControlServer control =
        ControlServer.start(Path.of(System.getProperty("java.home")), server, directory);
    return new Testbed(directory, agent, control, SpanSink.start());
  }

  private static Path copy(Path jar, Path directory) throws IOException {
    return Files.copy(
        jar, directory.resolve(jar.getFileName()), StandardCopyOption.REPLACE_EXISTING);
  }

  /** Puts routes, mutual TLS and an authorization policy in force for a namespace. */
  void configure(String namespace) throws IOException {
    try (InputStream yaml = Testbed.class.getResourceAsStream("mesh.yaml")) {
      if (yaml == null) {
        throw new IllegalStateException("no mesh.yaml");
      }
      String text = new String(yaml.readAllBytes(), StandardCharsets.UTF_8);
      control.apply(namespace + ".yaml", text.replace("NAMESPACE", namespace));
    }
  }

  Path agent() {
    return agent;
  }

  SpanSink spans() {
    return spans;
  }

  /** Has an identity's token made, which takes a while, before there is a hurry. */
  void token(String namespace, String service) throws IOException, InterruptedException {
    control.token(namespace + "/" + service);
  }

  /**
   * Starts an application without the agent, and without waiting.
   *
   * @param example {@code catalog} or {@code storefront}
   */
  Application plain(String name, String example, Map<String, String> environment)
      throws IOException {
    int port = Http.freePort();
    Map<String, String> variables = new HashMap<>(environment);
    variables.put("SERVER_PORT", Integer.toString(port));
    ChildProcess process =
        JavaProcess.start(
            name,
            Path.of(System.getProperty("java.home")),
            JVM,
            jar(example),
            List.of(),
            variables,
            directory.resolve("logs"));
    return new Application(process, port, null);
  }

  /**
   * Starts an application with the agent, and without waiting.
   *
   * @param example {@code catalog} or {@code storefront}
   * @param service its name in the mesh, and its service account
   * @param sampled share of the requests that have spans, 0 to 1
   */
  Application meshed(
      String name,
      String example,
      String namespace,
      String service,
      double sampled,
      Map<String, String> environment)
      throws IOException, InterruptedException {
    MeshedApplication.Builder builder =
        MeshedApplication.builder(name, jar(example), agent)
            .joins(control, namespace + "/" + service)
            .environment("WEFT_SERVICE", service)
            .environment("WEFT_LABELS", "app=" + service + ",version=v1")
            .environment("OTEL_EXPORTER_OTLP_ENDPOINT", spans.endpoint())
            .environment("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
            .environment("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
            .environment("OTEL_TRACES_SAMPLER_ARG", Double.toString(sampled));
    JVM.forEach(builder::jvmOption);
    environment.forEach(builder::environment);
    MeshedApplication started = builder.start(directory.resolve("logs"));
    return new Application(started.process(), started.port(), started);
  }

  /**
   * Starts an Envoy, without waiting, with an identity in a namespace of its own.
   *
   * @param name its template's
   * @param peerPort where it sends the requests
   */
  Envoy sidecar(Path program, String name, int peerPort) throws IOException {
    Path identity = directory.resolve("identity");
    if (!Files.exists(identity)) {
      Identities.in(identity).with(SIDECARS, "storefront").with(SIDECARS, "catalog");
    }
    Map<String, String> values =
        Map.of(
            "PEER_PORT", Integer.toString(peerPort),
            "SPANS_PORT", Integer.toString(spans.port()),
            "IDENTITY", identity.toString());
    return Envoy.start(program, name, values, directory);
  }

  private Path jar(String example) {
    return directory.resolve(example + ".jar");
  }

  @Override
  public void close() {
    control.close();
    spans.close();
  }
}
