package dev.weft.demo;

import dev.weft.demo.process.Await;
import java.time.Duration;
import java.util.Map;

/** The nearest catalog serves; when it fails it is ejected, and the next zone's serves. */
final class LocalityFailover {

  private static final String PAGE = "/resttemplate";
  private static final int REQUESTS = 100;

  private final Shop shop;
  private final Shopper shopper;

  LocalityFailover(Shop shop) {
    this.shop = shop;
    this.shopper = new Shopper(shop);
  }

  String run() throws Exception {
    String near = shop.catalogOne().process().name();
    String next = shop.catalogTwo().process().name();
    shop.apply("routing.yaml", "routing-failover.yaml");
    Await.until("the nearest serves", Step.SOON, () -> only(near, 20));
    int failures;
    Map<String, Long> seen;
    shop.outage(shop.catalogOne(), 1);
    try {
      seen = shopper.instances(PAGE, REQUESTS);
    } finally {
      failures = shop.outage(shop.catalogOne(), 0);
    }
    Step.require(failures > 0, near + " was never asked");
    Step.require(seen.equals(Map.of(next, (long) REQUESTS)), "answered by " + seen);
    Duration taken = Await.until("the nearest serves again", Step.SOON, () -> only(near, 20));
    return "%s of the own zone answered 503 to %d tries and was ejected; %s of the next zone served %d of %d requests; %s again after %d ms"
        .formatted(near, failures, next, seen.get(next), REQUESTS, near, taken.toMillis());
  }

  private boolean only(String instance, int requests) throws Exception {
    return shopper.instances(PAGE, requests).equals(Map.of(instance, (long) requests));
  }
}
