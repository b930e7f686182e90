package dev.weft.config.model;

import java.util.List;
import java.util.Map;

/** Changes to headers: {@code set} replaces, {@code add} appends. Order is that written. */
public record HeaderEdits(Map<String, String> set, Map<String, String> add, List<String> remove) {

  /** No change. */
  public static final HeaderEdits NONE = new HeaderEdits(Map.of(), Map.of(), List.of());
}
