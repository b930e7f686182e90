package dev.weft.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weft.demo.process.Await;
import dev.weft.demo.process.MeshedApplication;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Certificates of a short life are replaced by new ones, which nobody notices. */
final class RenewalIT {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration LIFE = Duration.ofSeconds(30);

  /** What a workload says of its certificate. */
  private record Certificate(Instant expiry, long renewals) {

    static Certificate of(MeshedApplication application) throws IOException, InterruptedException {
      JsonNode identity = JSON.readTree(application.configDump()).path("identity");
      return new Certificate(
          Instant.parse(identity.path("expiry").asText()), identity.path("renewals").asLong());
    }
  }

  @Test
  void underLoad() throws Exception {
    try (ShopMesh mesh =
        ShopMesh.open("renewal", Jdks.own(), "--certificate-life", LIFE.toSeconds() + "s")) {
      mesh.apply("strict.yaml");
      MeshedApplication catalog = mesh.start(mesh.catalog("catalog-one", "v1"));
      MeshedApplication storefront = mesh.start(mesh.storefront());
      mesh.awaitServing(catalog, storefront);
      ShopMesh.awaitAnswers(storefront, "/resttemplate", "catalog-one");

      List<Certificate> first = List.of(Certificate.of(catalog), Certificate.of(storefront));
      Load load = Load.on(4, storefront.url("/resttemplate"), storefront.url("/httpclient"));
      try (load) {
        for (Certificate old : first) {
          Await.until(
              "the first certificates have expired",
              LIFE.multipliedBy(2),
              () -> Instant.now().isAfter(old.expiry()));
        }
        int then = load.calls();
        Await.until("calls by the new ones", ShopMesh.LONG, () -> load.calls() > then + 100);
      }
      List<Certificate> last = List.of(Certificate.of(catalog), Certificate.of(storefront));
      Observed.print(
          "certificates that live %d s: %s became %s; %s", LIFE.toSeconds(), first, last, load);
      for (int i = 0; i < first.size(); i++) {
        assertThat(last.get(i).expiry()).isAfter(first.get(i).expiry());
        assertThat(last.get(i).renewals()).isGreaterThan(first.get(i).renewals());
      }
      assertThat(load.failures()).isEmpty();
    }
  }
}
