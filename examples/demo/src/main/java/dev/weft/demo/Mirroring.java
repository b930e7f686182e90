package dev.weft.demo;

import dev.weft.demo.process.Await;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;

/** Requests are answered by v1 as ever, and copied to v2, whose answers nobody waits for. */
final class Mirroring {

  private static final int REQUESTS = 100;
  private static final Duration COPYING = Duration.ofSeconds(2);

  private final Shop shop;
  private final Shopper shopper;

  Mirroring(Shop shop) {
    this.shop = shop;
    this.shopper = new Shopper(shop);
  }

  String run() throws Exception {
    shop.apply("routing.yaml", "routing-mirror.yaml");
    Await.until("all go to v1, with a copy to v2", Step.SOON, () -> copied(10));
    Step.require(copied(REQUESTS), "v2 got too few copies, or too many");
    return "v1 answered " + REQUESTS + " of " + REQUESTS + ", v2 got " + REQUESTS + " copies";
  }

  /** Asks v1, waits for the copies, and says whether there is one of each request. */
  private boolean copied(int requests) throws IOException, InterruptedException {
    long before = copies();
    Map<String, Long> seen = shopper.versions("/httpclient", requests);
    if (!seen.equals(Map.of("v1", (long) requests))) {
      return false;
    }
    Await.until(requests + " copies", COPYING, () -> copies() == before + requests);
    return true;
  }

  /** Nothing else is asked of v2. */
  private long copies() throws IOException, InterruptedException {
    return Metrics.sum(
        shop.catalogNew().metrics("istio_requests_total", "reporter=\"destination\""));
  }
}
