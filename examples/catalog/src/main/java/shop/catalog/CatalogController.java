package shop.catalog;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

@RestController
class CatalogController {

  private final String version;
  private final String instance;
  private final String storefront;

  CatalogController(
      @Value("${catalog.version:v1}") String version,
      @Value("${catalog.instance:catalog}") String instance,
      @Value("${catalog.storefront:http://storefront:8080}") String storefront) {
    this.version = version;
    this.instance = instance;
    this.storefront = storefront;
  }

  /** Says who answered, so that a reader sees where a request went. */
  @GetMapping("/items")
  Listing items() {
    return new Listing(version, instance, List.of("spindle", "shuttle", "heddle"));
  }

  /** Needs to know what sells, which the storefront knows. */
  @GetMapping("/items/bestsellers")
  Listing bestsellers() throws IOException {
    HttpURLConnection sales =
        (HttpURLConnection) URI.create(storefront + "/sales").toURL().openConnection();
    try (InputStream body = sales.getInputStream()) {
      return new Listing(
          version, instance, List.of(new String(body.readAllBytes(), StandardCharsets.UTF_8)));
    }
  }

  @DeleteMapping("/items/{name}")
  Listing remove(@PathVariable String name) {
    return new Listing(version, instance, List.of(name));
  }

  record Listing(String version, String instance, List<String> items) {}
}
