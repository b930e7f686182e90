package dev.weft.engine;

import java.util.List;

/**
 * Changes to a message's headers, applied in the order remove, set, add.
 *
 * @param remove names, lower-case
 * @param set replaces every value of the name
 * @param add appends to the values of the name
 */
public record HeaderEdits(List<String> remove, List<Header> set, List<Header> add) {

  public static final HeaderEdits NONE = new HeaderEdits(List.of(), List.of(), List.of());

  public boolean isEmpty() {
    return remove.isEmpty() && set.isEmpty() && add.isEmpty();
  }
}
