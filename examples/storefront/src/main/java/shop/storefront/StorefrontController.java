package shop.storefront;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.HttpEntity;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.RestClientException;
import org.springframework.web.client.RestClientResponseException;
import org.springframework.web.client.RestTemplate;

/** Calls the catalog as any application would, over RestTemplate or java.net.http. */
@RestController
class StorefrontController {

  private final RestTemplate restTemplate = new RestTemplate();
  private final HttpClient httpClient = HttpClient.newHttpClient();
  private final String catalog;

  StorefrontController(@Value("${storefront.catalog:http://catalog:8080}") String catalog) {
    this.catalog = catalog;
  }

  /** What shoppers are known by behind the shop goes through it, both ways. */
  @GetMapping("/resttemplate")
  ResponseEntity<String> byRestTemplate(
      @RequestHeader(name = "canary", defaultValue = "false") String canary,
      @RequestHeader(name = HttpHeaders.COOKIE, required = false) @Nullable String cookie) {
    HttpHeaders headers = headers(canary);
    if (cookie != null) {
      headers.set(HttpHeaders.COOKIE, cookie);
    }
    return exchange(HttpMethod.GET, "/items", headers);
  }

  @GetMapping("/httpclient")
  ResponseEntity<String> byHttpClient(
      @RequestHeader(name = "canary", defaultValue = "false") String canary)
      throws InterruptedException {
    try {
      var response = httpClient.send(itemsRequest(canary), BodyHandlers.ofString());
      return json(response.statusCode(), response.body());
    } catch (IOException e) {
      return ResponseEntity.status(502).body(e.toString());
    }
  }

  /** Hops to another thread before it calls. */
  @GetMapping("/async")
  CompletableFuture<ResponseEntity<String>> byHttpClientAsync(
      @RequestHeader(name = "canary", defaultValue = "false") String canary) {
    return CompletableFuture.supplyAsync(() -> itemsRequest(canary))
        .thenCompose(request -> httpClient.sendAsync(request, BodyHandlers.ofString()))
        .thenApply(response -> json(response.statusCode(), response.body()));
  }

  @GetMapping("/bestsellers")
  ResponseEntity<String> bestsellers() {
    return exchange(HttpMethod.GET, "/items/bestsellers", headers("false"));
  }

  /** What sells; the catalog asks for it. */
  @GetMapping("/sales")
  String sales() {
    return "shuttle";
  }

  @DeleteMapping("/items/{name}")
  ResponseEntity<String> remove(@PathVariable String name) {
    return exchange(HttpMethod.DELETE, "/items/" + name, headers("false"));
  }

  private static HttpHeaders headers(String canary) {
    HttpHeaders headers = new HttpHeaders();
    headers.set("canary", canary);
    return headers;
  }

  private ResponseEntity<String> exchange(HttpMethod method, String path, HttpHeaders headers) {
    try {
      ResponseEntity<String> response =
          restTemplate.exchange(
              catalog + path, method, new HttpEntity<Void>(headers), String.class);
      List<String> cookies = response.getHeaders().getOrEmpty(HttpHeaders.SET_COOKIE);
      return ResponseEntity.status(response.getStatusCode())
          .header(HttpHeaders.SET_COOKIE, cookies.toArray(String[]::new))
          .contentType(MediaType.APPLICATION_JSON)
          .body(response.getBody());
    } catch (RestClientResponseException e) {
      return json(e.getStatusCode().value(), e.getResponseBodyAsString());
    } catch (RestClientException e) {
      return ResponseEntity.status(502).body(e.toString());
    }
  }

  private HttpRequest itemsRequest(String canary) {
    return HttpRequest.newBuilder(URI.create(catalog + "/items")).header("canary", canary).build();
  }

  private static ResponseEntity<String> json(int status, String body) {
    return ResponseEntity.status(status).contentType(MediaType.APPLICATION_JSON).body(body);
  }
}
