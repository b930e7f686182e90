package dev.weft.demo;

import dev.weft.demo.process.Await;
import java.net.http.HttpResponse;
import java.time.Duration;

/** One path is for those alone who show a token of the shop's issuer. */
final class RequiredToken {

  private static final String PATH = "/bestsellers";
  private static final Duration VALID = Duration.ofMinutes(10);

  private final Shop shop;
  private final Shopper shopper;

  RequiredToken(Shop shop) {
    this.shop = shop;
    this.shopper = new Shopper(shop);
  }

  String run() throws Exception {
    String yaml = Shop.resource("tokens.yaml").replace("$KEYS", shop.tokens().keys("127.0.0.1"));
    shop.control().apply("tokens.yaml", yaml);
    Await.until("a token is wanted", Step.SOON, () -> shopper.ask(PATH).statusCode() == 403);
    String good = shop.tokens().token("customer-1", "storefront", VALID);
    String late = shop.tokens().token("customer-1", "storefront", VALID.negated());
    String other = shop.tokens().token("customer-2", "storefront", VALID);
    // Somebody else's claims, with a signature of these.
    String forged =
        other.substring(0, other.lastIndexOf('.')) + good.substring(good.lastIndexOf('.'));
    String none = outcome(PATH, 403);
    String expired = outcome(PATH, 401, "authorization", "Bearer " + late);
    String tampered = outcome(PATH, 401, "authorization", "Bearer " + forged);
    outcome(PATH, 200, "authorization", "Bearer " + good);
    outcome("/sales", 200);
    return "without one %s, expired %s, forged %s, good 200; elsewhere 200 without"
        .formatted(none, expired, tampered);
  }

  private String outcome(String path, int expected, String... headers) throws Exception {
    HttpResponse<String> response = shopper.ask(path, headers);
    Step.require(
        response.statusCode() == expected,
        path + " got " + response.statusCode() + " " + response.body());
    return expected + " “" + response.body() + "”";
  }
}
