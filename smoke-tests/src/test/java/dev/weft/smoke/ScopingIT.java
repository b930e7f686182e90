package dev.weft.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.demo.process.Await;
import dev.weft.demo.process.Http;
import dev.weft.demo.process.MeshedApplication;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a workload may call: REGISTRY_ONLY and a Sidecar, from their YAML to what callers get. */
final class ScopingIT {

  private static final List<String> CLIENTS = List.of("/resttemplate", "/httpclient");

  @Test
  void whatIsNotSeenIsNotCalled() throws Exception {
    try (ShopMesh mesh = ShopMesh.open("scoping", Jdks.own())) {
      MeshedApplication catalog = mesh.start(mesh.catalog("catalog-one", "v1"));
      MeshedApplication storefront = mesh.start(mesh.storefront());
      MeshedApplication astray =
          mesh.start(
              mesh.application("astray", "storefront", "v1")
                  .argument("--storefront.catalog=http://elsewhere.test:8080"));
      mesh.awaitServing(catalog, storefront, astray);
      ShopMesh.awaitAnswers(storefront, "/httpclient", "catalog-one");
      assertThat(Http.get(astray.url("/httpclient")).body())
          .as("the library's own exception, where anything may be called")
          .contains("Exception");

      mesh.apply("registry-only.yaml");
      Await.until("nobody declares it", ShopMesh.SOON, () -> blocked(astray));
      assertThat(served(storefront)).as("what is declared is served").isTrue();
      List<String> counted =
          astray.metrics(
              "istio_requests_total",
              "response_code=\"502\"",
              "destination_service=\"elsewhere.test\"",
              "destination_service_name=\"BlackHoleCluster\"");
      Observed.print("REGISTRY_ONLY, undeclared: %s", counted);
      assertThat(counted).isNotEmpty().allMatch(line -> line.contains("response_flags=\"-\""));

      see(mesh, "storefront");
      Await.until("the Sidecar doesn't show it", ShopMesh.SOON, () -> blocked(storefront));
      see(mesh, "catalog");
      Await.until("the Sidecar shows it", ShopMesh.SOON, () -> served(storefront));
    }
  }

  private static void see(ShopMesh mesh, String host) throws Exception {
    mesh.control().apply("sidecar.yaml", ShopMesh.resource("sidecar.yaml").replace("$SEEN", host));
  }

  /** Istio's answer of a host that isn't seen, by both clients. */
  private static boolean blocked(MeshedApplication caller) throws Exception {
    boolean all = true;
    for (String client : CLIENTS) {
      HttpResponse<String> response = Http.get(caller.url(client));
      all &= response.statusCode() == 502 && response.body().isEmpty();
    }
    return all;
  }

  private static boolean served(MeshedApplication caller) throws Exception {
    boolean all = true;
    for (String client : CLIENTS) {
      all &= Http.get(caller.url(client)).statusCode() == 200;
    }
    return all;
  }
}
