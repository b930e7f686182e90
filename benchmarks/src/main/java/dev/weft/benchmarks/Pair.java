package dev.weft.benchmarks;

import dev.weft.demo.process.MeshedApplication;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A storefront and the catalog that it calls.
 *
 * @param sidecars between them: none, or the storefront's and the catalog's
 */
record Pair(Application storefront, Application catalog, List<Envoy> sidecars)
    implements AutoCloseable {

  /** As many requests at least for each handshake, or connections are not kept. */
  private static final int CONNECTION_REUSE = 100;

  /**
   * @param suffix of their names
   */
  static Pair plain(Testbed testbed, String suffix) throws IOException {
    Application catalog = testbed.plain("catalog-plain" + suffix, "catalog", Map.of());
    return new Pair(
        testbed.plain("storefront-plain" + suffix, "storefront", calling(catalog.port())),
        catalog,
        List.of());
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
        testbed.meshed("catalog-" + namespace, "catalog", namespace, "catalog", sampled, Map.of()),
        List.of());
  }

  /**
   * The plain applications, and between them two Envoys with what the mesh has: routes, mutual TLS,
   * the policy, spans for one request in a hundred. What reaches the storefront from outside goes
   * through no sidecar, though Istio would have it so, and though the agent is in its way.
   */
  static Pair behindSidecars(Testbed testbed, Path envoy) throws IOException {
    Application catalog = testbed.plain("catalog-sidecar", "catalog", Map.of());
    Envoy server = testbed.sidecar(envoy, "envoy-server", catalog.port());
    Envoy client = testbed.sidecar(envoy, "envoy-client", server.port());
    return new Pair(
        testbed.plain("storefront-sidecar", "storefront", calling(client.port())),
        catalog,
        List.of(client, server));
  }

  private static Map<String, String> calling(int port) {
    return Map.of("STOREFRONT_CATALOG", "http://127.0.0.1:" + port);
  }

  /** Waits until the storefront gets an answer of the catalog. */
  void awaitServing() throws IOException {
    storefront.awaitReady();
    catalog.awaitReady();
    for (Envoy sidecar : sidecars) {
      sidecar.awaitReady();
    }
    for (Client client : Client.values()) {
      storefront.awaitAnswer(client.path());
    }
  }

  Load load(Client client) {
    return new Load(storefront.port(), client.path());
  }

  /** What both, and the sidecars, have used of the processors. */
  Duration cpu() {
    return Stream.concat(
            Stream.of(storefront.cpu(), catalog.cpu()), sidecars.stream().map(Envoy::cpu))
        .reduce(Duration.ZERO, Duration::plus);
  }

  Duration compilation() throws IOException {
    return storefront.compilation().plus(catalog.compilation());
  }

  /** Makes sure that what is compared is a mesh, after some load. */
  void checkMeshed() throws IOException, InterruptedException {
    if (sidecars.isEmpty()) {
      checkWoven();
    } else {
      checkSidecars(sidecars.get(0), sidecars.get(1));
    }
  }

  private void checkWoven() throws IOException, InterruptedException {
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

  /** What is compared with must be all of it, and at its best. */
  private static void checkSidecars(Envoy client, Envoy server)
      throws IOException, InterruptedException {
    long routed = client.count("cluster\\.outbound.*\\.upstream_rq_completed");
    long allowed = server.count("\\.rbac\\.allowed");
    long handshakes = server.count("listener\\..*\\.ssl\\.handshake");
    long unverified = server.count("listener\\..*\\.ssl\\.no_certificate");
    long spans = client.count("\\.spans_sent") + server.count("\\.spans_sent");
    if (routed == 0
        || allowed == 0
        || handshakes == 0
        || handshakes > Math.max(1, allowed / CONNECTION_REUSE)
        || unverified > 0
        || spans == 0) {
      throw new IllegalStateException(
          "not a mesh of Envoys: routed %d, allowed %d, handshakes %d, %d without certificate, spans %d"
              .formatted(routed, allowed, handshakes, unverified, spans));
    }
  }

  @Override
  public void close() {
    storefront.close();
    sidecars.forEach(Envoy::close);
    catalog.close();
  }
}
