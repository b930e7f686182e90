package dev.weft.config.source;

import java.util.Comparator;

/** What a resource is called: its kind, namespace and name, each empty if not known. */
public record ResourceName(String kind, String namespace, String name)
    implements Comparable<ResourceName> {

  private static final Comparator<ResourceName> ORDER =
      Comparator.comparing(ResourceName::kind)
          .thenComparing(ResourceName::namespace)
          .thenComparing(ResourceName::name);

  /** Stands for a file that holds no readable resource. */
  public static final ResourceName NONE = new ResourceName("", "", "");

  @Override
  public int compareTo(ResourceName other) {
    return ORDER.compare(this, other);
  }

  /** For example {@code VirtualService shop/catalog}; empty if nothing is known. */
  @Override
  public String toString() {
    return kind.isEmpty() ? "" : name.isEmpty() ? kind : kind + " " + namespace + "/" + name;
  }
}
