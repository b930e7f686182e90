package dev.weft.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.demo.process.Await;
import dev.weft.demo.process.Http;
import dev.weft.demo.process.MeshedApplication;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A ServicePolicy, from its YAML to what callers get. */
final class ServicePolicyIT {

  private static final List<String> CLIENTS = List.of("/resttemplate", "/httpclient");

  @Test
  void whatStandsInForADestinationThatIsDown() throws Exception {
    try (ShopMesh mesh = ShopMesh.open("service-policy", Jdks.own())) {
      MeshedApplication one = mesh.start(mesh.catalog("catalog-one", "v1"));
      MeshedApplication two = mesh.start(mesh.catalog("catalog-two", "v2"));
      MeshedApplication storefront = mesh.start(mesh.storefront());
      mesh.awaitServing(one, two, storefront);
      mesh.apply("standing-in.yaml");
      Await.until("v1 serves", ShopMesh.SOON, () -> all(storefront, "catalog-one"));
      Await.until(
          "it is asked how it is",
          ShopMesh.SOON,
          () -> !storefront.metrics("envoy_cluster_health_check_success", "|v1|").isEmpty());

      one.process().kill();
      Await.until("v2 serves in its place", ShopMesh.SOON, () -> all(storefront, "catalog-two"));
      two.process().kill();
      Await.until(
          "v1's answer is given again", ShopMesh.SOON, () -> all(storefront, "catalog-one"));

      List<String> stale = storefront.metrics("istio_requests_total", "RFCF");
      Observed.print("v1 down: v2 served; both down: %s", stale);
      assertThat(stale).isNotEmpty().allMatch(line -> line.contains("response_code=\"200\""));
    }
  }

  /** Asks by both clients, some times; none of the requests may fail. */
  private static boolean all(MeshedApplication storefront, String instance) throws Exception {
    boolean all = true;
    for (int i = 0; i < 10; i++) {
      HttpResponse<String> response = Http.get(storefront.url(CLIENTS.get(i % 2)));
      assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
      all &= response.body().contains('"' + instance + '"');
    }
    return all;
  }
}
