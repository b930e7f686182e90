package dev.weft.config.model;

import dev.weft.config.source.Origin;
import dev.weft.config.source.ResourceName;
import java.util.Map;

/** Who a resource is and where it was written. */
public record Metadata(
    ResourceName resource,
    Map<String, String> labels,
    Map<String, String> annotations,
    Origin origin) {

  public Metadata {
    labels = Map.copyOf(labels);
    annotations = Map.copyOf(annotations);
  }

  /** The namespace that holds the resource. */
  public String namespace() {
    return resource.namespace();
  }

  /** The resource's name, unique for its kind and namespace. */
  public String name() {
    return resource.name();
  }
}
