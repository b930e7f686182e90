package dev.weft.demo;

import dev.weft.demo.process.Await;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/** Who gets which request. */
final class Routing {

  private final Shop shop;
  private final Shopper shopper;

  Routing(Shop shop) {
    this.shop = shop;
    this.shopper = new Shopper(shop);
  }

  String canary() throws Exception {
    Map<String, Long> versions = new TreeMap<>();
    StringBuilder figures = new StringBuilder();
    for (String client : Shopper.CLIENTS) {
      Map<String, Long> seen = shopper.versions(client, 300, "canary", "false");
      long canaries = seen.getOrDefault("v2", 0L);
      // Binomial(300, 0.1) stays within these bounds but for one run in 100,000.
      Step.require(canaries >= 9 && canaries <= 56, client + " saw " + seen);
      seen.forEach((version, count) -> versions.merge(version, count, Long::sum));
      figures.append(", ").append(client.substring(1)).append(' ').append(seen);
    }
    return "v2 got " + percent(versions.getOrDefault("v2", 0L), 600) + " of 600 requests" + figures;
  }

  String canaryHeader() throws Exception {
    for (String client : Shopper.CLIENTS) {
      Map<String, Long> seen = shopper.versions(client, 25, "canary", "true");
      Step.require(seen.equals(Map.of("v2", 25L)), client + " saw " + seen);
    }
    return "50 of 50 requests";
  }

  String liveChange() throws Exception {
    shop.apply("routing.yaml", "routing-0-100.yaml");
    Duration taken =
        Await.until(
            "only v2 answers",
            Step.SOON,
            () -> shopper.versions("/httpclient", 20).equals(Map.of("v2", 20L)));
    return "90/10 → 0/100 seen by 20 requests in a row after " + taken.toMillis() + " ms";
  }

  private static String percent(long part, long whole) {
    return String.format("%.1f %%", 100.0 * part / whole);
  }
}
