package dev.weft.xds.translation;

/**
 * Something in a resource that is not honoured, though the resource itself is in force.
 *
 * @param resource the resource's name
 * @param field path of the field within it, e.g. {@code
 *     virtual_hosts[0].routes[2].route.hash_policy}
 * @param reason one sentence
 */
public record Note(String resource, String field, String reason) {

  @Override
  public String toString() {
    return resource + ": " + field + ": " + reason;
  }
}
