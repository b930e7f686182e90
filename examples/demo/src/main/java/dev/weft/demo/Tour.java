package dev.weft.demo;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weft.demo.process.Await;
import dev.weft.demo.process.Http;
import dev.weft.demo.process.MeshedApplication;
import dev.weft.demo.process.SpanReceiver.ReceivedSpan;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** The steps of the demo, in order. Each returns the figures that it observed, or throws. */
final class Tour {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final List<String> CLIENTS = List.of("/resttemplate", "/httpclient");

  private final Shop shop;

  Tour(Shop shop) {
    this.shop = shop;
  }

  /** A named step. */
  record Step(String name, Action action) {

    interface Action {
      String run() throws Exception;
    }
  }

  List<Step> steps() {
    return List.of(
        new Step("canary 90/10", this::canary),
        new Step("header canary: true goes to v2", this::canaryHeader),
        new Step("a change of weights takes effect live", this::liveChange),
        new Step("an instance dies, no request fails", this::instanceDies),
        new Step("retries hide an upstream's 503s", this::retries),
        new Step("an injected delay is cut by a timeout", this::timeout),
        new Step("mutual TLS, with identities", this::mutualTls),
        new Step("STRICT refuses plaintext", this::strict),
        new Step("a policy denies with 403", this::denied),
        new Step("one trace across the hops", this::trace),
        new Step("metrics by route and version", this::metrics));
  }

  private String canary() throws Exception {
    Map<String, Long> versions = new TreeMap<>();
    StringBuilder figures = new StringBuilder();
    for (String client : CLIENTS) {
      Map<String, Long> seen = versions(client, 300, "false");
      long canaries = seen.getOrDefault("v2", 0L);
      // Binomial(300, 0.1) stays within these bounds but for one run in 100,000.
      check(canaries >= 9 && canaries <= 56, client + " saw " + seen);
      seen.forEach((version, count) -> versions.merge(version, count, Long::sum));
      figures.append(", ").append(client.substring(1)).append(' ').append(seen);
    }
    return "v2 got " + percent(versions.getOrDefault("v2", 0L), 600) + " of 600 requests" + figures;
  }

  private String canaryHeader() throws Exception {
    for (String client : CLIENTS) {
      Map<String, Long> seen = versions(client, 25, "true");
      check(seen.equals(Map.of("v2", 25L)), client + " saw " + seen);
    }
    return "50 of 50 requests";
  }

  private String liveChange() throws Exception {
    shop.apply("routing.yaml", "routing-0-100.yaml");
    Duration taken =
        Await.until(
            "only v2 answers",
            SOON,
            () -> versions("/httpclient", 20, "false").equals(Map.of("v2", 20L)));
    return "90/10 → 0/100 seen by 20 requests in a row after " + taken.toMillis() + " ms";
  }

  private String instanceDies() throws Exception {
    shop.apply("routing.yaml", "routing-90-10.yaml");
    String doomed = shop.catalogTwo().process().name();
    Await.until(
        doomed + " answers again", SOON, () -> instances("/resttemplate", 10).containsKey(doomed));
    int failed = 0;
    Map<String, Long> before = new TreeMap<>();
    Map<String, Long> after = new TreeMap<>();
    for (int i = 0; i < 400; i++) {
      if (i == 100) {
        shop.killCatalogTwo();
      }
      HttpResponse<String> response = Http.get(shop.storefront().url(CLIENTS.get(i % 2)));
      if (response.statusCode() != 200) {
        failed++;
      } else {
        (i < 100 ? before : after).merge(instance(response), 1L, Long::sum);
      }
    }
    check(failed == 0, failed + " requests failed");
    check(before.containsKey(doomed) && !after.containsKey(doomed), before + " then " + after);
    shop.restartCatalogTwo();
    Await.until(
        doomed + " is back", SOON, () -> instances("/resttemplate", 20).containsKey(doomed));
    return "killed after 100 of 400 requests: 0 failed; before "
        + before
        + ", after "
        + after
        + "; restarted, it takes traffic again";
  }

  private String retries() throws Exception {
    shop.apply("routing.yaml", "routing-retries.yaml");
    Await.until(
        "only v1 answers",
        SOON,
        () -> versions("/resttemplate", 20, "true").equals(Map.of("v1", 20L)));
    outage(shop.catalogOne(), 3);
    try {
      Map<String, Long> seen = versions("/resttemplate", 100, "false");
      seen.putAll(versions("/httpclient", 100, "false"));
      int failures = outage(shop.catalogOne(), 0);
      check(failures > 0, "the catalog never answered 503");
      return "the catalog answered 503 to " + failures + " tries; 200 of 200 requests succeeded";
    } finally {
      outage(shop.catalogOne(), 0);
    }
  }

  private String timeout() throws Exception {
    HttpResponse<String> quick = Http.get(shop.storefront().url("/bestsellers"));
    check(quick.statusCode() == 200, "without a delay: " + quick.statusCode() + quick.body());
    shop.apply("routing.yaml", "routing-timeout.yaml");
    StringBuilder figures = new StringBuilder();
    Await.until(
        "the timeout cuts the delay",
        SOON,
        () -> {
          long start = System.nanoTime();
          int status = Http.get(shop.storefront().url("/bestsellers")).statusCode();
          long millis = (System.nanoTime() - start) / 1_000_000;
          figures.setLength(0);
          figures
              .append("5 s delay injected, timeout 500 ms: ")
              .append(status)
              .append(" after ")
              .append(millis)
              .append(" ms");
          return status == 504 && millis >= 500 && millis < 2_000;
        });
    shop.apply("routing.yaml", "routing-90-10.yaml");
    Await.until(
        "the delay is gone",
        SOON,
        () -> Http.get(shop.storefront().url("/bestsellers")).statusCode() == 200);
    return figures.toString();
  }

  private String mutualTls() throws Exception {
    Http.get(shop.storefront().url("/resttemplate"));
    Http.get(shop.storefront().url("/httpclient"));
    List<String> secured =
        shop.catalogOne()
            .metrics(
                "istio_requests_total",
                "reporter=\"destination\"",
                "connection_security_policy=\"mutual_tls\"");
    check(!secured.isEmpty(), "no request over mutual TLS");
    String line = secured.get(0);
    return "the catalog saw its peer as "
        + label(line, "source_principal")
        + ", workload "
        + label(line, "source_workload")
        + " "
        + label(line, "source_version");
  }

  private String strict() throws Exception {
    String url = shop.catalogOne().url("/items");
    check(Http.get(url).statusCode() == 200, "plaintext should pass before STRICT");
    shop.apply("strict.yaml", "strict.yaml");
    Duration taken = Await.until("plaintext is refused", SOON, () -> refused(url));
    for (int i = 0; i < 20; i++) {
      check(refused(url), "plaintext got in");
      HttpResponse<String> meshed = Http.get(shop.storefront().url(CLIENTS.get(i % 2)));
      check(meshed.statusCode() == 200, "the storefront got " + meshed.statusCode());
    }
    return "after "
        + taken.toMillis()
        + " ms every plaintext connection is closed unanswered; the storefront still gets 20 of 20";
  }

  private String denied() throws Exception {
    shop.apply("readers-only.yaml", "readers-only.yaml");
    String url = shop.storefront().url("/items/heddle");
    Await.until("DELETE is denied", SOON, () -> Http.send("DELETE", url).statusCode() == 403);
    HttpResponse<String> denial = Http.send("DELETE", url);
    check(denial.statusCode() == 403, "DELETE got " + denial.statusCode());
    check(!denial.body().contains("readers-only"), "the caller was told the policy");
    HttpResponse<String> read = Http.get(shop.storefront().url("/resttemplate"));
    check(read.statusCode() == 200, "GET got " + read.statusCode());
    String policy = "";
    for (MeshedApplication catalog :
        List.of(shop.catalogOne(), shop.catalogTwo(), shop.catalogNew())) {
      policy =
          catalog
              .process()
              .output()
              .lines()
              .filter(line -> line.contains("readers-only"))
              .findFirst()
              .orElse(policy);
    }
    check(!policy.isEmpty(), "no catalog logged the denial");
    return "DELETE 403 “" + denial.body() + "”, GET 200; the catalog's log: " + abridged(policy);
  }

  private String trace() throws Exception {
    byte[] id = new byte[16];
    new Random().nextBytes(id);
    String traceId = HexFormat.of().formatHex(id);
    HttpResponse<String> response =
        Http.get(
            shop.storefront().url("/async"),
            "traceparent",
            "00-" + traceId + "-00f067aa0ba902b7-01");
    check(response.statusCode() == 200, "got " + response.statusCode() + response.body());
    Await.until(
        "three linked spans arrive", SOON, () -> chain(shop.spans().trace(traceId)).size() == 3);
    StringBuilder path = new StringBuilder();
    for (ReceivedSpan span : chain(shop.spans().trace(traceId))) {
      path.append(path.isEmpty() ? "" : " → ")
          .append(span.service())
          .append(' ')
          .append(span.kind());
    }
    return path + ", each the parent of the next, across a thread hop; trace " + traceId;
  }

  /** From the span whose parent is ours down to the last child. */
  private static List<ReceivedSpan> chain(List<ReceivedSpan> spans) {
    List<ReceivedSpan> chain = new ArrayList<>();
    String parent = "00f067aa0ba902b7";
    boolean found = true;
    while (found) {
      found = false;
      for (ReceivedSpan span : spans) {
        if (span.parentId().equals(parent) && !chain.contains(span)) {
          chain.add(span);
          parent = span.spanId();
          found = true;
          break;
        }
      }
    }
    return chain;
  }

  private String metrics() throws Exception {
    Map<String, Long> byVersion = new TreeMap<>();
    for (String line :
        shop.storefront()
            .metrics(
                "istio_requests_total", "reporter=\"source\"", "destination_app=\"catalog\"")) {
      byVersion.merge(
          label(line, "destination_version") + " " + label(line, "response_code"),
          value(line),
          Long::sum);
    }
    Map<String, Long> byRoute = new TreeMap<>();
    for (String line : shop.storefront().metrics("weft_route_requests_total")) {
      byRoute.merge(label(line, "route"), value(line), Long::sum);
    }
    check(byVersion.containsKey("v1 200") && byVersion.containsKey("v2 200"), byVersion.toString());
    check(byRoute.containsKey("canary-header") && byRoute.containsKey("split"), byRoute.toString());
    return "requests by version and status " + byVersion + ", by route " + byRoute;
  }

  private int outage(MeshedApplication catalog, int every)
      throws IOException, InterruptedException {
    return Integer.parseInt(Http.send("POST", catalog.url("/outage?every=" + every)).body());
  }

  /** Who answered how many of some requests, all of which must succeed. */
  private Map<String, Long> versions(String client, int requests, String canary)
      throws IOException, InterruptedException {
    List<String> seen = new ArrayList<>();
    for (int i = 0; i < requests; i++) {
      HttpResponse<String> response = Http.get(shop.storefront().url(client), "canary", canary);
      check(
          response.statusCode() == 200, client + " got " + response.statusCode() + response.body());
      seen.add(JSON.readTree(response.body()).path("version").asText());
    }
    return seen.stream().collect(groupingBy(version -> version, TreeMap::new, counting()));
  }

  private Map<String, Long> instances(String client, int requests)
      throws IOException, InterruptedException {
    List<String> seen = new ArrayList<>();
    for (int i = 0; i < requests; i++) {
      seen.add(instance(Http.get(shop.storefront().url(client))));
    }
    return seen.stream().collect(groupingBy(name -> name, TreeMap::new, counting()));
  }

  private static String instance(HttpResponse<String> response) throws IOException {
    JsonNode listing = JSON.readTree(response.body());
    return listing.path("instance").asText();
  }

  private static boolean refused(String url) throws InterruptedException {
    try {
      Http.get(url);
      return false;
    } catch (IOException closed) {
      return true;
    }
  }

  private static String label(String metric, String label) {
    int start = metric.indexOf(label + "=\"") + label.length() + 2;
    return metric.substring(start, metric.indexOf('"', start));
  }

  private static long value(String metric) {
    return (long) Double.parseDouble(metric.substring(metric.lastIndexOf(' ') + 1));
  }

  private static String percent(long part, long whole) {
    return String.format("%.1f %%", 100.0 * part / whole);
  }

  private static String abridged(String text) {
    return text.length() <= 160 ? text : text.substring(0, 160) + "…";
  }

  private static void check(boolean condition, String otherwise) {
    if (!condition) {
      throw new IllegalStateException(otherwise);
    }
  }
}
