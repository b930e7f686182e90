package dev.weft.demo;

import dev.weft.demo.process.Await;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.TreeMap;

/** A shopper's cookie says which instance serves him; who has none is given one. */
final class ConsistentHashing {

  /** One whose client hands the shopper's cookies on. */
  private static final String PAGE = "/resttemplate";

  private static final int REQUESTS = 50;
  private static final int SHOPPERS = 30;

  private final Shop shop;
  private final Shopper shopper;

  ConsistentHashing(Shop shop) {
    this.shop = shop;
    this.shopper = new Shopper(shop);
  }

  String run() throws Exception {
    shop.apply("routing.yaml", "routing-sticky.yaml");
    Await.until("a shopper gets a cookie", Step.SOON, () -> !cookie().isEmpty());
    String cookie = cookie();
    Map<String, Long> own = shopper.instances(PAGE, REQUESTS, "cookie", cookie);
    Step.require(own.size() == 1, cookie + " was served by " + own);
    Map<String, Long> shoppers = new TreeMap<>();
    for (int i = 0; i < SHOPPERS; i++) {
      Map<String, Long> seen = shopper.instances(PAGE, 3, "cookie", "shopper=customer-" + i);
      Step.require(seen.size() == 1, "customer-" + i + " was served by " + seen);
      shoppers.merge(seen.keySet().iterator().next(), 1L, Long::sum);
    }
    // That one of three gets none of 30 is a chance of 2 in 100,000.
    Step.require(shoppers.size() == 3, "shoppers by instance: " + shoppers);
    return "the mesh made %s, and %s served its %d requests; %d shoppers by instance %s, none moved"
        .formatted(cookie, own.keySet().iterator().next(), REQUESTS, SHOPPERS, shoppers);
  }

  /** Of a shopper who comes without one; empty if none is made. */
  private String cookie() throws IOException, InterruptedException {
    HttpResponse<String> response = shopper.ask(PAGE);
    String made = response.headers().firstValue("set-cookie").orElse("");
    return made.startsWith("shopper=") ? made.split(";", 2)[0] : "";
  }
}
