package dev.weft.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.demo.process.Await;
import dev.weft.demo.process.MeshedApplication;
import org.junit.jupiter.api.Test;

/** Traffic that is there from the first second, while the mesh still finds itself. */
final class StormIT {

  private static final int CALLERS = 8;
  private static final int CALLS = 4_000;

  @Test
  void noCallFailsWhileCertificatesAndStrictArrive() throws Exception {
    try (ShopMesh mesh = ShopMesh.open("storm", Jdks.own())) {
      MeshedApplication one = mesh.start(mesh.catalog("catalog-a", "v1"));
      MeshedApplication two = mesh.start(mesh.catalog("catalog-b", "v1"));
      MeshedApplication storefront = mesh.start(mesh.storefront());
      ShopMesh.awaitAnswer(storefront);
      ShopMesh.awaitAnswers(storefront, "/resttemplate", "catalog-a");

      Load load = Load.on(CALLERS, storefront.url("/resttemplate"), storefront.url("/httpclient"));
      try (load) {
        Await.until("a quarter of the calls", ShopMesh.LONG, () -> load.calls() > CALLS / 4);
        mesh.apply("strict.yaml");
        Await.until(
            "plaintext is refused", ShopMesh.SOON, () -> Curl.run(one.url("/items")).refused());
        Await.until("all of the calls", ShopMesh.LONG, () -> load.calls() > CALLS);
      }
      Observed.print("storm of %d callers, STRICT in the middle: %s", CALLERS, load);
      assertThat(load.failures()).isEmpty();
      for (MeshedApplication catalog : new MeshedApplication[] {one, two}) {
        assertThat(
                catalog.metrics(
                    "istio_requests_total", "connection_security_policy=\"mutual_tls\""))
            .isNotEmpty();
      }
    }
  }
}
