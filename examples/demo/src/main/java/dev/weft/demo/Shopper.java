package dev.weft.demo;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weft.demo.process.Http;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Asks the storefront from outside, and counts which catalogs answered it. */
final class Shopper {

  /** The storefront's pages, by the client with which it calls the catalog for them. */
  static final List<String> CLIENTS = List.of("/resttemplate", "/httpclient");

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Shop shop;

  Shopper(Shop shop) {
    this.shop = shop;
  }

  HttpResponse<String> ask(String page, String... headers)
      throws IOException, InterruptedException {
    return Http.get(shop.storefront().url(page), headers);
  }

  /** Which versions answered how many of some requests, all of which must succeed. */
  Map<String, Long> versions(String page, int requests, String... headers)
      throws IOException, InterruptedException {
    return answers("version", page, requests, headers);
  }

  /** Which instances answered how many of some requests, all of which must succeed. */
  Map<String, Long> instances(String page, int requests, String... headers)
      throws IOException, InterruptedException {
    return answers("instance", page, requests, headers);
  }

  private Map<String, Long> answers(String what, String page, int requests, String... headers)
      throws IOException, InterruptedException {
    List<String> seen = new ArrayList<>();
    for (int i = 0; i < requests; i++) {
      HttpResponse<String> response = ask(page, headers);
      Step.require(
          response.statusCode() == 200, page + " got " + response.statusCode() + response.body());
      seen.add(JSON.readTree(response.body()).path(what).asText());
    }
    return seen.stream().collect(groupingBy(name -> name, TreeMap::new, counting()));
  }

  /** The catalog that answered. */
  static String instance(HttpResponse<String> response) throws IOException {
    return JSON.readTree(response.body()).path("instance").asText();
  }
}
