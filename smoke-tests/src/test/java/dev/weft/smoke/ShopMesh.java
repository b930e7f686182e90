package dev.weft.smoke;

import dev.weft.demo.process.Await;
import dev.weft.demo.process.ChildProcess;
import dev.weft.demo.process.ControlServer;
import dev.weft.demo.process.Http;
import dev.weft.demo.process.MeshedApplication;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A control server and, as a test asks for them, storefronts and catalogs with the agent. Ends all
 * of them.
 */
final class ShopMesh implements AutoCloseable {

  /** What Weft does by itself. */
  static final Duration SOON = Duration.ofSeconds(30);

  /** What takes its time on a busy machine. */
  static final Duration LONG = Duration.ofMinutes(3);

  private static final Duration START = Duration.ofMinutes(2);
  private static final Path ROOT = Path.of(System.getProperty("weft.root", "..")).normalize();
  private static final AtomicInteger OPENED = new AtomicInteger();

  private final Path javaHome;
  private final Path directory;
  private final ControlServer control;
  private final List<MeshedApplication> applications = new ArrayList<>();

  private ShopMesh(Path javaHome, Path directory, ControlServer control) {
    this.javaHome = javaHome;
    this.directory = directory;
    this.control = control;
  }

  /**
   * Starts a control server that knows the shop's services.
   *
   * @param javaHome of the applications
   * @param options of the control server
   */
  static ShopMesh open(String test, Path javaHome, String... options) throws IOException {
    Path directory = directory(test);
    Path jar = ROOT.resolve("control-server/server/target/weft-control-server.jar");
    ControlServer control = ControlServer.start(Jdks.own(), jar, directory, options);
    ShopMesh mesh = new ShopMesh(javaHome, directory, control);
    mesh.apply("shop.yaml");
    return mesh;
  }

  /** A new directory for all that one test writes. */
  static Path directory(String test) {
    return ROOT.resolve("smoke-tests/target/runs")
        .resolve(test + "-" + ProcessHandle.current().pid() + "-" + OPENED.incrementAndGet())
        .toAbsolutePath();
  }

  static Path agent() {
    return ROOT.resolve("agent/target/weft-agent.jar").toAbsolutePath();
  }

  /** The jar of one of the examples. */
  static Path example(String name) {
    return ROOT.resolve("examples/" + name + "/target/" + name + ".jar").toAbsolutePath();
  }

  /** An example that is to join, of the given version. */
  MeshedApplication.Builder application(String name, String service, String version)
      throws IOException, InterruptedException {
    return sparing(MeshedApplication.builder(name, example(service), agent()))
        .javaHome(javaHome)
        .joins(control, "shop/" + service)
        .environment("WEFT_SERVICE", service)
        .environment("WEFT_LABELS", "app=" + service + ",version=" + version);
  }

  /** With little memory and no second compiler: there are many of them, and they live short. */
  static MeshedApplication.Builder sparing(MeshedApplication.Builder application) {
    return application.jvmOption("-Xmx192m").jvmOption("-XX:TieredStopAtLevel=1");
  }

  MeshedApplication.Builder catalog(String name, String version)
      throws IOException, InterruptedException {
    return application(name, "catalog", version)
        .environment("CATALOG_VERSION", version)
        .environment("CATALOG_INSTANCE", name);
  }

  MeshedApplication.Builder storefront() throws IOException, InterruptedException {
    return application("storefront", "storefront", "v1");
  }

  /** Starts it without waiting; it ends with the mesh. */
  MeshedApplication start(MeshedApplication.Builder builder) throws IOException {
    MeshedApplication started = builder.start(directory.resolve("logs"));
    applications.add(started);
    return started;
  }

  /** Waits until the application listens and the agent has its configuration. */
  void awaitServing(MeshedApplication... started) {
    for (MeshedApplication application : started) {
      application.awaitReady();
      awaitAnswer(application);
    }
  }

  static void awaitAnswer(MeshedApplication application) {
    ChildProcess process = application.process();
    Await.until(
        process.name() + " listens",
        START,
        () -> {
          process.requireAlive();
          try (var socket = new Socket(InetAddress.getLoopbackAddress(), application.port())) {
            return socket.isConnected();
          }
        });
  }

  /** Waits until calls of the storefront's are answered by all of the given instances. */
  static void awaitAnswers(MeshedApplication storefront, String path, String... instances) {
    List<String> waiting = new ArrayList<>(List.of(instances));
    Await.until(
        "answers from " + waiting,
        SOON,
        () -> {
          var response = Http.get(storefront.url(path));
          if (response.statusCode() != 200) {
            throw new IllegalStateException(response.statusCode() + " " + response.body());
          }
          waiting.removeIf(instance -> response.body().contains('"' + instance + '"'));
          return waiting.isEmpty();
        });
  }

  /** Puts one of this package's files into force, under its own name. */
  void apply(String resource) throws IOException {
    control.apply(resource, resource(resource));
  }

  static String resource(String name) {
    try (InputStream in = ShopMesh.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalArgumentException("no resource " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  ControlServer control() {
    return control;
  }

  /** Of the applications. */
  Path javaHome() {
    return javaHome;
  }

  Path directory() {
    return directory;
  }

  @Override
  public void close() {
    applications.parallelStream().forEach(MeshedApplication::close);
    control.close();
  }
}
