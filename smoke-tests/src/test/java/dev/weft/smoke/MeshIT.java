package dev.weft.smoke;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.demo.process.Await;
import dev.weft.demo.process.ChildProcess;
import dev.weft.demo.process.Http;
import dev.weft.demo.process.MeshedApplication;
import dev.weft.demo.process.SpanReceiver;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** An unmodified Spring Boot application joins the mesh with one flag. */
@ParameterizedClass(name = "{0}")
@MethodSource("dev.weft.smoke.Jdks#all")
@SuppressWarnings("NullAway.Init") // JUnit's to set
final class MeshIT {

  private static final List<String> CLIENTS = List.of("/resttemplate", "/httpclient");

  private static ShopMesh mesh;
  private static MeshedApplication storefront;
  private static MeshedApplication catalogOne;
  private static MeshedApplication catalogTwo;

  @Parameter Path javaHome;

  @BeforeParameterizedClassInvocation
  static void open(Path javaHome) throws Exception {
    mesh = ShopMesh.open("mesh", javaHome);
    catalogOne = mesh.start(mesh.catalog("catalog-one", "v1"));
    catalogTwo = mesh.start(mesh.catalog("catalog-two", "v2"));
    storefront = mesh.start(mesh.storefront());
    mesh.awaitServing(catalogOne, catalogTwo, storefront);
    ShopMesh.awaitAnswers(storefront, "/resttemplate", "catalog-one", "catalog-two");
  }

  @AfterParameterizedClassInvocation
  static void close() {
    mesh.close();
  }

  /** Each test begins with plaintext allowed and no routes. */
  @AfterEach
  void reset() throws Exception {
    for (String file :
        List.of(
            "weights.yaml",
            "strict.yaml",
            "readers-only.yaml",
            "retries.yaml",
            "slow-sales.yaml")) {
      mesh.control().remove(file);
    }
    Await.until(
        "plaintext is allowed again",
        ShopMesh.SOON,
        () -> Http.get(catalogOne.url("/items")).statusCode() == 200);
  }

  @Test
  void splitsByWeight() throws Exception {
    mesh.apply("weights.yaml");
    // Unweighted, both get half: 70 of 100 for one of them is a chance of 4 in 100,000.
    Await.until(
        "weights are in force",
        ShopMesh.SOON,
        () -> ask(100).getOrDefault("catalog-one", 0L) >= 70);
    Map<String, Long> seen = ask(400);
    Observed.print("weights 75/25: %s", seen);
    // Binomial(400, 0.25) leaves these bounds once in 100,000 runs.
    assertThat(seen.getOrDefault("catalog-two", 0L)).isBetween(62L, 140L);
  }

  @Test
  void nothingIsReadableOnTheWire() throws Exception {
    int port = catalogOne.port();
    String plain =
        PacketCapture.during(
            () -> assertThat(Curl.run(catalogOne.url("/items")).status()).isEqualTo(200),
            port,
            mesh.directory().resolve("plaintext.pcap"));
    assertThat(plain)
        .as("the capture would show plaintext")
        .contains("GET /items", "HTTP/1.1 200", "spindle");

    Map<String, Long> seen = new TreeMap<>();
    String meshed =
        PacketCapture.during(
            () -> seen.putAll(ask(100)), port, mesh.directory().resolve("meshed.pcap"));
    Observed.print(
        "packet capture of the catalog's port: %d bytes for %s, no plaintext HTTP",
        meshed.length(), seen);
    assertThat(seen.getOrDefault("catalog-one", 0L)).isPositive();
    assertThat(meshed.length())
        .isGreaterThan(100 * seen.getOrDefault("catalog-one", 0L).intValue());
    assertThat(meshed).doesNotContain("HTTP/1.1", "GET /items", "spindle", "application/json");
  }

  @Test
  void strictRefusesCurl() throws Exception {
    assertThat(Curl.run(catalogOne.url("/items")).status()).isEqualTo(200);
    mesh.apply("strict.yaml");
    Duration taken =
        Await.until(
            "STRICT is in force",
            ShopMesh.SOON,
            () -> Curl.run(catalogOne.url("/items")).refused());
    Curl.Result refused = Curl.run(catalogOne.url("/items"));
    assertThat(refused.refused()).isTrue();
    Map<String, Long> seen = ask(50);
    Observed.print(
        "STRICT after %d ms: curl http:// exits %d; meshed %s",
        taken.toMillis(), refused.exit(), seen);
    assertThat(seen.getOrDefault("catalog-one", 0L)).isPositive();
  }

  @Test
  void aPolicyDenies() throws Exception {
    String url = storefront.url("/items/heddle");
    assertThat(Http.send("DELETE", url).statusCode()).isEqualTo(200);
    mesh.apply("readers-only.yaml");
    Await.until("denied", ShopMesh.SOON, () -> Http.send("DELETE", url).statusCode() == 403);
    for (int i = 0; i < 10; i++) {
      HttpResponse<String> denied = Http.send("DELETE", url);
      assertThat(denied.statusCode()).isEqualTo(403);
      assertThat(denied.body()).doesNotContain("readers-only");
    }
    Curl.Result unnamed = Curl.run(catalogOne.url("/items"));
    Observed.print(
        "policy: DELETE 403, meshed GET %s, GET by curl with no identity %d",
        ask(10), unnamed.status());
    assertThat(unnamed.status()).isEqualTo(403);
    assertThat(catalogOne.process().output()).contains("readers-only");
  }

  @Test
  void isKilledMidRequestAndRedeployed() throws Exception {
    MeshedApplication victim = mesh.start(mesh.catalog("catalog-victim", "v1"));
    mesh.awaitServing(victim);
    mesh.apply("retries.yaml");
    String url = victim.url("/items/bestsellers");
    assertThat(Curl.run(url).status()).isEqualTo(200);
    mesh.apply("slow-sales.yaml");
    Await.until(
        "requests will hang in the victim",
        ShopMesh.SOON,
        () -> victim.configDump().contains("slow-sales"));
    ShopMesh.awaitAnswers(storefront, "/resttemplate", "catalog-victim");
    CompletableFuture<Curl.Result> hanging = CompletableFuture.supplyAsync(() -> curl(url));
    Await.until("a request hangs", ShopMesh.SOON, () -> asksForBestsellers(victim));
    String killed = callsWhile(() -> victim.process().kill(), victim.process());
    assertThat(hanging.get(ShopMesh.SOON.toSeconds(), TimeUnit.SECONDS).refused()).isTrue();

    MeshedApplication again = mesh.start(mesh.catalog("catalog-again", "v1"));
    mesh.awaitServing(again);
    ShopMesh.awaitAnswers(storefront, "/resttemplate", "catalog-again");
    String stopped = callsWhile(() -> again.process().close(), again.process());
    Observed.print("killed mid-request: %s; deployed again, then stopped: %s", killed, stopped);
  }

  /** Callers that learn of its port before its guard is there would be refused. */
  @Test
  void joinsUnderLoadAndStrict() throws Exception {
    mesh.apply("strict.yaml");
    Await.until("STRICT", ShopMesh.SOON, () -> Curl.run(catalogOne.url("/items")).refused());
    String calls =
        callsWhile(
            () -> {
              MeshedApplication joining = mesh.start(mesh.catalog("catalog-joining", "v1"));
              ShopMesh.awaitAnswers(storefront, "/resttemplate", "catalog-joining");
              joining.process().close();
            });
    Observed.print("an instance joins under STRICT, and leaves: %s", calls);
  }

  /** Has something happen under load, which mustn't be noticed. */
  private static String callsWhile(Action action, ChildProcess... involved) throws Exception {
    Load load = Load.on(4, storefront.url("/resttemplate"), storefront.url("/httpclient"));
    try (load) {
      Await.until("traffic", ShopMesh.LONG, () -> load.calls() > 100);
      action.run();
      int then = load.calls();
      Await.until("more traffic", ShopMesh.LONG, () -> load.calls() > then + 400);
    }
    assertThat(load.failures())
        .as(
            () ->
                load + Stream.of(involved).map(ChildProcess::tail).collect(joining("\n", "\n", "")))
        .isEmpty();
    return load.toString();
  }

  @Test
  void switchedOffItIsNotThere() throws Exception {
    MeshedApplication plain =
        mesh.start(
            mesh.application("storefront-off", "storefront", "v1")
                .environment("WEFT_ENABLED", "false")
                .environment("STOREFRONT_CATALOG", catalogOne.url("")));
    ShopMesh.awaitAnswer(plain);
    for (String client : CLIENTS) {
      assertThat(Http.get(plain.url(client)).body()).contains("catalog-one");
    }
    mesh.apply("strict.yaml");
    Await.until(
        "it is refused as any stranger",
        ShopMesh.SOON,
        () -> Http.get(plain.url("/resttemplate")).statusCode() == 502);
    assertThat(Curl.run(plain.adminUrl("/healthz/ready")).exit()).as("no admin port").isEqualTo(7);
    Observed.print("WEFT_ENABLED=false: calls as without the agent, no admin port");
  }

  /** Newer JVMs warn of what agents like to do. */
  @Test
  void theJvmWarnsOfNothingMore() throws Exception {
    try (SpanReceiver spans = SpanReceiver.start()) {
      MeshedApplication tracing =
          mesh.start(
              mesh.application("storefront-tracing", "storefront", "v1")
                  .environment("OTEL_EXPORTER_OTLP_ENDPOINT", spans.endpoint())
                  .environment("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"));
      MeshedApplication plain =
          mesh.start(
              mesh.application("storefront-plain", "storefront", "v1")
                  .environment("JAVA_TOOL_OPTIONS", "")
                  .environment("STOREFRONT_CATALOG", catalogOne.url("")));
      for (MeshedApplication application : List.of(tracing, plain)) {
        ShopMesh.awaitAnswer(application);
        for (String client : CLIENTS) {
          assertThat(Http.get(application.url(client)).body()).contains("spindle");
        }
      }
      Await.until("spans arrive", ShopMesh.SOON, () -> !spans.all().isEmpty());
      List<String> allowed = warnings(plain);
      for (MeshedApplication application : List.of(tracing, catalogOne)) {
        assertThat(application.process().output()).contains("certificate for spiffe:");
        assertThat(warnings(application)).isSubsetOf(allowed);
      }
      Observed.print("warnings of the JVM: none but %d without the agent", allowed.size());
    }
  }

  /** The lines that the JVM itself begins so. */
  private static List<String> warnings(MeshedApplication application) {
    return application
        .process()
        .output()
        .lines()
        .filter(line -> line.startsWith("WARNING") || line.contains("VM warning"))
        .toList();
  }

  private static Curl.Result curl(String url) {
    try {
      return Curl.run(url, "-m", "600");
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Whether a thread of this catalog's is about to find out what sells. */
  private static boolean asksForBestsellers(MeshedApplication catalog) throws Exception {
    Process jcmd =
        new ProcessBuilder(
                mesh.javaHome().resolve("bin/jcmd").toString(),
                Long.toString(catalog.process().pid()),
                "Thread.print")
            .start();
    return new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
        .contains("CatalogController.bestsellers(");
  }

  /** Who answered how many of some requests, all of which must succeed. */
  private static Map<String, Long> ask(int requests) throws Exception {
    List<String> answered = new ArrayList<>();
    for (int i = 0; i < requests; i++) {
      HttpResponse<String> response = Http.get(storefront.url(CLIENTS.get(i % 2)));
      assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
      answered.add(response.body().replaceAll(".*\"instance\":\"([^\"]*)\".*", "$1"));
    }
    return answered.stream().collect(groupingBy(name -> name, TreeMap::new, counting()));
  }
}
