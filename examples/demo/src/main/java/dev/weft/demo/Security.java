package dev.weft.demo;

import dev.weft.demo.process.Await;
import dev.weft.demo.process.Http;
import dev.weft.demo.process.MeshedApplication;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;

/** Who may ask, and who may listen. */
final class Security {

  private final Shop shop;

  Security(Shop shop) {
    this.shop = shop;
  }

  String mutualTls() throws Exception {
    Http.get(shop.storefront().url("/resttemplate"));
    Http.get(shop.storefront().url("/httpclient"));
    List<String> secured =
        shop.catalogOne()
            .metrics(
                "istio_requests_total",
                "reporter=\"destination\"",
                "connection_security_policy=\"mutual_tls\"");
    Step.require(!secured.isEmpty(), "no request over mutual TLS");
    String line = secured.get(0);
    return "the catalog saw its peer as "
        + Metrics.label(line, "source_principal")
        + ", workload "
        + Metrics.label(line, "source_workload")
        + " "
        + Metrics.label(line, "source_version");
  }

  String strict() throws Exception {
    String url = shop.catalogOne().url("/items");
    Step.require(Http.get(url).statusCode() == 200, "plaintext should pass before STRICT");
    shop.apply("strict.yaml", "strict.yaml");
    Duration taken = Await.until("plaintext is refused", Step.SOON, () -> refused(url));
    for (int i = 0; i < 20; i++) {
      Step.require(refused(url), "plaintext got in");
      HttpResponse<String> meshed = Http.get(shop.storefront().url(Shopper.CLIENTS.get(i % 2)));
      Step.require(meshed.statusCode() == 200, "the storefront got " + meshed.statusCode());
    }
    return "after "
        + taken.toMillis()
        + " ms every plaintext connection is closed unanswered; the storefront still gets 20 of 20";
  }

  String denied() throws Exception {
    shop.apply("readers-only.yaml", "readers-only.yaml");
    String url = shop.storefront().url("/items/heddle");
    for (MeshedApplication catalog : shop.catalogs()) {
      Await.until(
          catalog.process().name() + " has the policy",
          Step.SOON,
          () -> catalog.configDump().contains("readers-only"));
    }
    HttpResponse<String> denial = Http.send("DELETE", url);
    Step.require(denial.statusCode() == 403, "DELETE got " + denial.statusCode());
    Step.require(!denial.body().contains("readers-only"), "the caller was told the policy");
    HttpResponse<String> read = Http.get(shop.storefront().url("/resttemplate"));
    Step.require(read.statusCode() == 200, "GET got " + read.statusCode());
    String policy = "";
    for (MeshedApplication catalog : shop.catalogs()) {
      policy =
          catalog
              .process()
              .output()
              .lines()
              .filter(line -> line.contains("readers-only"))
              .findFirst()
              .orElse(policy);
    }
    Step.require(!policy.isEmpty(), "no catalog logged the denial");
    return "DELETE 403 “" + denial.body() + "”, GET 200; the catalog's log: " + abridged(policy);
  }

  private static boolean refused(String url) throws InterruptedException {
    try {
      Http.get(url);
      return false;
    } catch (IOException closed) {
      return true;
    }
  }

  private static String abridged(String text) {
    return text.length() <= 160 ? text : text.substring(0, 160) + "…";
  }
}
