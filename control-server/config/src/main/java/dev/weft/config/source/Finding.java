package dev.weft.config.source;

/**
 * One thing to tell the author of a resource.
 *
 * @param field JSON path inside the resource, such as {@code spec.http[0].mirror}; empty if the
 *     finding concerns the whole
 */
public record Finding(
    Severity severity, Origin origin, ResourceName resource, String field, String message) {

  /**
   * For example {@code shop.yaml:12: error: VirtualService shop/catalog: spec.http[0].timeout: must
   * be positive}.
   */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append(origin).append(": ").append(severity == Severity.ERROR ? "error" : "warning");
    if (!resource.kind().isEmpty()) {
      text.append(": ").append(resource);
    }
    if (!field.isEmpty()) {
      text.append(": ").append(field);
    }
    return text.append(": ").append(message).toString();
  }
}
