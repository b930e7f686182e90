package shop.catalog;

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

  CatalogController(
      @Value("${catalog.version:v1}") String version,
      @Value("${catalog.instance:catalog}") String instance) {
    this.version = version;
    this.instance = instance;
  }

  /** Says who answered, so that a reader sees where a request went. */
  @GetMapping("/items")
  Listing items() {
    return new Listing(version, instance, List.of("spindle", "shuttle", "heddle"));
  }

  @DeleteMapping("/items/{name}")
  Listing remove(@PathVariable String name) {
    return new Listing(version, instance, List.of(name));
  }

  record Listing(String version, String instance, List<String> items) {}
}
