package dev.weft.demo;

import dev.weft.demo.process.Await;
import java.net.http.HttpResponse;
import java.time.Duration;

/** So many requests of one shopper and no more, until some time has gone by; others have theirs. */
final class RateLimiting {

  private static final String PATH = "/sales";
  private static final String SHOPPER = "x-shopper";

  /** As the configuration says. */
  private static final int LIMIT = 10;

  private static final int REQUESTS = 30;

  private final Shop shop;
  private final Shopper shopper;

  RateLimiting(Shop shop) {
    this.shop = shop;
    this.shopper = new Shopper(shop);
  }

  String run() throws Exception {
    shop.apply("limits.yaml", "limits.yaml");
    Await.until("there is a limit", Step.SOON, () -> refused("first", LIMIT + 1) > 0);
    int refused = refused("second", REQUESTS);
    // Should they take so long that the bucket is filled again, twice as many pass.
    Step.require(
        refused >= REQUESTS - 2 * LIMIT && refused <= REQUESTS - LIMIT,
        refused + " of " + REQUESTS + " were refused");
    HttpResponse<String> refusal = shopper.ask(PATH, SHOPPER, "second");
    int other = shopper.ask(PATH, SHOPPER, "third").statusCode();
    Step.require(other == 200, "another shopper got " + other);
    Duration taken =
        Await.until("the shopper may ask again", Step.SOON, () -> refused("second", 1) == 0);
    return "of a shopper's %d requests %d got 429 “%s”; another's 200; the first's again after %d ms"
        .formatted(REQUESTS, refused, refusal.body(), taken.toMillis());
  }

  private int refused(String name, int requests) throws Exception {
    int refused = 0;
    for (int i = 0; i < requests; i++) {
      int status = shopper.ask(PATH, SHOPPER, name).statusCode();
      Step.require(status == 200 || status == 429, PATH + " got " + status);
      refused += status == 429 ? 1 : 0;
    }
    return refused;
  }
}
