package dev.weft.benchmarks;

import dev.weft.demo.process.MeshedApplication;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;

/** A storefront and the catalog that it calls. */
record Pair(Application storefront, Application catalog) implements AutoCloseable {

  static Pair plain(Testbed testbed) throws IOException {
    Application catalog = testbed.plain("catalog-plain", "catalog", Map.of());
    Map<String, String> environment =
        Map.of("STOREFRONT_CATALOG", "http://127.0.0.1:" + catalog.port());
    return new Pair(testbed.plain("storefront-plain", "storefront", environment), catalog);
  }

  /**
   * @param namespace of their own
   * @param sampled share of the requests that have spans, 0 to 1
   */
  static Pair meshed(Testbed testbed, String namespace, double sampled)
      throws IOException, InterruptedException {
    testbed.configure(namespace);
    return new Pair(
        testbed.meshed(
            "storefront-" + namespace, "storefront", namespace, "storefront", sampled, Map.of()),
        testbed.meshed("catalog-" + namespace, "catalog", namespace, "catalog", sampled, Map.of()));
  }

  /** Waits until the storefront gets an answer of the catalog. */
  void awaitServing() throws IOException {
    storefront.awaitReady();
    catalog.awaitReady();
    for (Client client : Client.values()) {
      storefront.awaitAnswer(client.path());
    }
  }

  Load load(Client client) {
    return new Load(storefront.port(), client.path());
  }

  /** What both have used of the processors. */
  Duration cpu() {
    return storefront.cpu().plus(catalog.cpu());
  }

  Duration compilation() throws IOException {
    return storefront.compilation().plus(catalog.compilation());
  }

  /** Makes sure that what is compared is a mesh. */
  void checkMeshed() throws IOException, InterruptedException {
    MeshedApplication mesh = catalog.mesh();
    if (mesh == null
        || mesh.metrics(
                "istio_requests_total",
                "reporter=\"destination\"",
                "connection_security_policy=\"mutual_tls\"")
            .isEmpty()) {
      throw new IllegalStateException("no mutual TLS at " + catalog.process().name());
    }
  }

  @Override
  public void close() {
    storefront.close();
    catalog.close();
  }
}
