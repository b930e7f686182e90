package dev.weft.demo;

import dev.weft.demo.process.Await;
import dev.weft.demo.process.ControlServer;
import dev.weft.demo.process.Http;
import dev.weft.demo.process.MeshedApplication;
import dev.weft.demo.process.SpanReceiver;
import dev.weft.demo.process.TokenIssuer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * The shop, running: a storefront, two catalogs of version v1 and one of v2, each a plain JVM with
 * the agent. They say that they stand in different places: the first catalog in the storefront's
 * zone, the second in another of its region, the new one in another region.
 */
final class Shop implements AutoCloseable {

  /** Of what customers show who they are by; tokens.yaml names it too. */
  private static final String TOKEN_ISSUER = "https://login.shop.example";

  private static final String HERE = "europe.a";
  private static final String NEXT_ZONE = "europe.b";
  private static final String OVERSEAS = "america.a";

  private final Path root;
  private final Path directory;
  private final ControlServer control;
  private final SpanReceiver spans;
  private final TokenIssuer tokens;
  private final MeshedApplication storefront;
  private final MeshedApplication catalogOne;
  private MeshedApplication catalogTwo;
  private final MeshedApplication catalogNew;

  private Shop(
      Path root, Path directory, ControlServer control, SpanReceiver spans, TokenIssuer tokens)
      throws IOException, InterruptedException {
    this.root = root;
    this.directory = directory;
    this.control = control;
    this.spans = spans;
    this.tokens = tokens;
    apply("catalog.yaml", "catalog.yaml");
    apply("routing.yaml", "routing-90-10.yaml");
    this.catalogOne = catalog("catalog-v1-a", "v1", HERE);
    this.catalogTwo = catalog("catalog-v1-b", "v1", NEXT_ZONE);
    this.catalogNew = catalog("catalog-v2", "v2", OVERSEAS);
    this.storefront = application("storefront", "storefront", "v1", HERE).start(logs());
    for (MeshedApplication application : List.of(catalogOne, catalogTwo, catalogNew, storefront)) {
      application.awaitReady();
    }
    awaitServing();
  }

  /**
   * @param root of the repository, where the jars were built
   * @param directory for everything that the run writes
   */
  static Shop open(Path root, Path directory) throws IOException, InterruptedException {
    Path javaHome = Path.of(System.getProperty("java.home"));
    Path jar = root.resolve("control-server/server/target/weft-control-server.jar");
    ControlServer control = ControlServer.start(javaHome, jar, directory);
    return new Shop(
        root, directory, control, SpanReceiver.start(), TokenIssuer.start(TOKEN_ISSUER));
  }

  private MeshedApplication catalog(String name, String version, String locality)
      throws IOException, InterruptedException {
    return application(name, "catalog", version, locality)
        .environment("CATALOG_VERSION", version)
        .environment("CATALOG_INSTANCE", name)
        .start(logs());
  }

  private MeshedApplication.Builder application(
      String name, String service, String version, String locality)
      throws IOException, InterruptedException {
    return MeshedApplication.builder(
            name,
            root.resolve("examples/" + service + "/target/" + service + ".jar"),
            root.resolve("agent/target/weft-agent.jar"))
        .jvmOption("-Xmx192m")
        .jvmOption("-XX:TieredStopAtLevel=1")
        .joins(control, "shop/" + service)
        .environment("WEFT_SERVICE", service)
        .environment(
            "WEFT_LABELS", "app=" + service + ",version=" + version + ",istio-locality=" + locality)
        .environment("OTEL_EXPORTER_OTLP_ENDPOINT", spans.endpoint())
        .environment("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
        .environment("OTEL_BSP_SCHEDULE_DELAY", "200");
  }

  /** The applications listen, and every catalog has been heard of by the storefront's mesh. */
  private void awaitServing() {
    for (MeshedApplication application : List.of(catalogOne, catalogTwo, catalogNew, storefront)) {
      Await.until(
          application.process().name() + " serves",
          Duration.ofMinutes(2),
          () -> Http.get(application.url("/nothing")).statusCode() == 404);
    }
    Await.until(
        "the storefront reaches the catalog",
        Duration.ofSeconds(30),
        () -> Http.get(storefront.url("/resttemplate")).statusCode() == 200);
  }

  /** Puts one of the demo's files into the control server's directory. */
  void apply(String as, String resource) throws IOException {
    control.apply(as, resource(resource));
  }

  static String resource(String name) {
    try (InputStream in = Shop.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalArgumentException("no resource " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Kills one of the two v1 catalogs as a power cut would. */
  void killCatalogTwo() throws InterruptedException {
    catalogTwo.process().kill();
  }

  void restartCatalogTwo() throws IOException, InterruptedException {
    catalogTwo = catalog("catalog-v1-b", "v1", NEXT_ZONE);
    catalogTwo.awaitReady();
  }

  /**
   * Has a catalog fail.
   *
   * @param every it answers each n-th request with 503; 0: none
   * @return to how many it has since this was last called
   */
  int outage(MeshedApplication catalog, int every) throws IOException, InterruptedException {
    return Integer.parseInt(Http.send("POST", catalog.url("/outage?every=" + every)).body());
  }

  MeshedApplication storefront() {
    return storefront;
  }

  MeshedApplication catalogOne() {
    return catalogOne;
  }

  MeshedApplication catalogTwo() {
    return catalogTwo;
  }

  MeshedApplication catalogNew() {
    return catalogNew;
  }

  List<MeshedApplication> catalogs() {
    return List.of(catalogOne, catalogTwo, catalogNew);
  }

  ControlServer control() {
    return control;
  }

  SpanReceiver spans() {
    return spans;
  }

  TokenIssuer tokens() {
    return tokens;
  }

  private Path logs() {
    return directory.resolve("logs");
  }

  @Override
  public void close() {
    for (MeshedApplication application : List.of(storefront, catalogOne, catalogTwo, catalogNew)) {
      application.close();
    }
    control.close();
    spans.close();
    tokens.close();
  }
}
