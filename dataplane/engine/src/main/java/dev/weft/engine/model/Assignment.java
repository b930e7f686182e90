package dev.weft.engine.model;

import java.util.List;

/**
 * A cluster's endpoints by locality and priority: Envoy's ClusterLoadAssignment.
 *
 * @param overprovisioning in percent: by how much what is healthy of a priority, or of a locality,
 *     counts for more than it is, before others take over
 * @param weightedHealth a priority's health is that of its endpoints' weights, not of their number
 */
public record Assignment(
    List<LocalityEndpoints> localities, int overprovisioning, boolean weightedHealth) {

  /** Envoy's default. */
  public static final int DEFAULT_OVERPROVISIONING = 140;

  public static final Assignment NONE = new Assignment(List.of());

  public Assignment {
    localities = List.copyOf(localities);
  }

  public Assignment(List<LocalityEndpoints> localities) {
    this(localities, DEFAULT_OVERPROVISIONING, false);
  }

  /** All endpoints alike. */
  public static Assignment of(List<Endpoint> endpoints) {
    return new Assignment(List.of(new LocalityEndpoints("", 0, 0, endpoints)));
  }

  /** Of all localities and priorities. */
  public List<Endpoint> endpoints() {
    return localities.stream().flatMap(locality -> locality.endpoints().stream()).toList();
  }

  /**
   * Envoy's LocalityLbEndpoints.
   *
   * @param locality {@code region/zone/subzone}; may be empty
   * @param priority 0 is the highest; there are no gaps
   * @param weight share of the priority's load, where localities are weighted; 0: none
   */
  public record LocalityEndpoints(
      String locality, int priority, int weight, List<Endpoint> endpoints) {

    public LocalityEndpoints {
      endpoints = List.copyOf(endpoints);
    }
  }
}
