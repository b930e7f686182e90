package dev.weft.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.demo.process.Await;
import dev.weft.demo.process.Http;
import dev.weft.demo.process.MeshedApplication;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who called whom, by Istio's labels, in a mesh whose trust domain is not the usual one. */
final class MetricsIT {

  private static final String STOREFRONT = "spiffe://weft.example/ns/shop/sa/storefront";
  private static final String BATCH = "spiffe://weft.example/ns/shop/sa/batch";
  private static final String CATALOG = "spiffe://weft.example/ns/shop/sa/catalog";

  @Test
  void bothSidesNameEachOther() throws Exception {
    try (ShopMesh mesh = ShopMesh.open("metrics", Jdks.own(), "--trust-domain", "weft.example")) {
      MeshedApplication catalog = mesh.start(mesh.catalog("catalog-one", "v2"));
      MeshedApplication storefront = mesh.start(mesh.storefront());
      mesh.awaitServing(catalog, storefront);
      ShopMesh.awaitAnswers(storefront, "/resttemplate", "catalog-one");
      mesh.apply("strict.yaml");
      Await.until(
          "STRICT is in force", ShopMesh.SOON, () -> Curl.run(catalog.url("/items")).refused());
      // The later ones of each client over the connection of the first.
      for (int i = 0; i < 6; i++) {
        String client = i % 2 == 0 ? "/resttemplate" : "/httpclient";
        assertThat(Http.get(storefront.url(client)).statusCode()).isEqualTo(200);
      }

      List<String> received =
          catalog.metrics(
              "istio_requests_total",
              "reporter=\"destination\"",
              "connection_security_policy=\"mutual_tls\"");
      Observed.print("the catalog's word: %s", received);
      // One series: both clients told the same, whether with every request or once.
      assertThat(received)
          .singleElement()
          .asString()
          .contains(
              "source_workload=\"storefront\"",
              "source_workload_namespace=\"shop\"",
              "source_principal=\"" + STOREFRONT + "\"",
              "source_app=\"storefront\"",
              "source_version=\"v1\"",
              "source_canonical_service=\"storefront\"",
              "source_canonical_revision=\"v1\"",
              "destination_version=\"v2\"",
              "destination_principal=\"" + CATALOG + "\"");
      List<String> sent =
          storefront.metrics(
              "istio_requests_total",
              "reporter=\"source\"",
              "source_principal=\"" + STOREFRONT + "\"",
              "destination_principal=\"" + CATALOG + "\"",
              "destination_version=\"v2\"",
              "connection_security_policy=\"unknown\"");
      Observed.print("the storefront's word: %s", sent);
      assertThat(sent).isNotEmpty();

      letAnotherAccountServeToo(mesh, storefront);
      for (String client : List.of("/resttemplate", "/httpclient")) {
        assertThat(Http.get(storefront.url(client)).statusCode()).isEqualTo(200);
      }
      assertThat(
              storefront.metrics(
                  "istio_requests_total",
                  "reporter=\"source\"",
                  "source_principal=\"" + STOREFRONT + "\""))
          .allSatisfy(line -> assertThat(line).contains("destination_principal=\"" + CATALOG));
      assertThat(storefront.metrics("weft_advice_failures_total"))
          .containsExactly("weft_advice_failures_total 0.0");
      assertThat(storefront.metrics("weft_access_log_lost_lines_total")).hasSize(1);
    }
  }

  private static void letAnotherAccountServeToo(ShopMesh mesh, MeshedApplication storefront)
      throws Exception {
    String selector = "    labels: {app: catalog}\n";
    mesh.control()
        .apply(
            "shop.yaml",
            ShopMesh.resource("shop.yaml")
                .replace(
                    selector, selector + "  subjectAltNames: [" + CATALOG + ", " + BATCH + "]\n"));
    Await.until("either may serve", ShopMesh.SOON, () -> storefront.configDump().contains(BATCH));
  }
}
