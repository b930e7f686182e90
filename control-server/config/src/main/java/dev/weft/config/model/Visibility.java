package dev.weft.config.model;

import java.util.Set;

/**
 * Istio's {@code exportTo}: the namespaces that may see a resource. Empty or {@code *} is all of
 * them, {@code .} the resource's own, {@code ~} none.
 */
public record Visibility(Set<String> exportTo) {

  /** Seen from everywhere. */
  public static final Visibility PUBLIC = new Visibility(Set.of());

  public Visibility {
    exportTo = Set.copyOf(exportTo);
  }

  /** This, or if it says nothing what the mesh says. */
  Visibility or(Visibility meshWide) {
    return exportTo.isEmpty() ? meshWide : this;
  }

  /** Whether a resource of namespace {@code owner} is seen from namespace {@code viewer}. */
  public boolean allows(String viewer, String owner) {
    return exportTo.isEmpty()
        || exportTo.contains("*")
        || exportTo.contains(viewer)
        || (exportTo.contains(".") && viewer.equals(owner));
  }
}
