package dev.weft.demo;

import dev.weft.demo.process.Await;
import dev.weft.demo.process.Http;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.TreeMap;

/** What callers notice of failures. */
final class Resilience {

  private final Shop shop;
  private final Shopper shopper;

  Resilience(Shop shop) {
    this.shop = shop;
    this.shopper = new Shopper(shop);
  }

  String instanceDies() throws Exception {
    shop.apply("routing.yaml", "routing-90-10.yaml");
    String doomed = shop.catalogTwo().process().name();
    Await.until(
        doomed + " answers again",
        Step.SOON,
        () -> shopper.instances("/resttemplate", 10).containsKey(doomed));
    int failed = 0;
    Map<String, Long> before = new TreeMap<>();
    Map<String, Long> after = new TreeMap<>();
    for (int i = 0; i < 400; i++) {
      if (i == 100) {
        shop.killCatalogTwo();
      }
      HttpResponse<String> response = Http.get(shop.storefront().url(Shopper.CLIENTS.get(i % 2)));
      if (response.statusCode() != 200) {
        failed++;
      } else {
        (i < 100 ? before : after).merge(Shopper.instance(response), 1L, Long::sum);
      }
    }
    Step.require(failed == 0, failed + " requests failed");
    Step.require(
        before.containsKey(doomed) && !after.containsKey(doomed), before + " then " + after);
    shop.restartCatalogTwo();
    Await.until(
        doomed + " is back",
        Step.SOON,
        () -> shopper.instances("/resttemplate", 20).containsKey(doomed));
    return "killed after 100 of 400 requests: 0 failed; before "
        + before
        + ", after "
        + after
        + "; restarted, it takes traffic again";
  }

  String retries() throws Exception {
    shop.apply("routing.yaml", "routing-retries.yaml");
    Await.until(
        "only v1 answers",
        Step.SOON,
        () -> shopper.versions("/resttemplate", 20, "canary", "true").equals(Map.of("v1", 20L)));
    shop.outage(shop.catalogOne(), 3);
    try {
      Map<String, Long> seen = shopper.versions("/resttemplate", 100);
      seen.putAll(shopper.versions("/httpclient", 100));
      int failures = shop.outage(shop.catalogOne(), 0);
      Step.require(failures > 0, "the catalog never answered 503");
      return "the catalog answered 503 to " + failures + " tries; 200 of 200 requests succeeded";
    } finally {
      shop.outage(shop.catalogOne(), 0);
    }
  }

  String timeout() throws Exception {
    HttpResponse<String> quick = Http.get(shop.storefront().url("/bestsellers"));
    Step.require(
        quick.statusCode() == 200, "without a delay: " + quick.statusCode() + quick.body());
    shop.apply("routing.yaml", "routing-timeout.yaml");
    StringBuilder figures = new StringBuilder();
    Await.until(
        "the timeout cuts the delay",
        Step.SOON,
        () -> {
          long start = System.nanoTime();
          int status = Http.get(shop.storefront().url("/bestsellers")).statusCode();
          long millis = (System.nanoTime() - start) / 1_000_000;
          figures.setLength(0);
          figures
              .append("5 s delay injected, timeout 500 ms: ")
              .append(status)
              .append(" after ")
              .append(millis)
              .append(" ms");
          return status == 504 && millis >= 500 && millis < 2_000;
        });
    shop.apply("routing.yaml", "routing-90-10.yaml");
    Await.until(
        "the delay is gone",
        Step.SOON,
        () -> Http.get(shop.storefront().url("/bestsellers")).statusCode() == 200);
    return figures.toString();
  }
}
