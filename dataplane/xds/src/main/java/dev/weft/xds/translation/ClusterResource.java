package dev.weft.xds.translation;

import dev.weft.engine.model.Assignment;
import dev.weft.engine.model.Cluster;
import org.jspecify.annotations.Nullable;

/**
 * A Cluster, its endpoints apart.
 *
 * @param settings with the endpoints that came inline, or none
 * @param assignment name of the ClusterLoadAssignment with the endpoints; null: they came inline
 */
public record ClusterResource(Cluster settings, @Nullable String assignment) {

  /** The cluster with these endpoints. */
  public Cluster with(Assignment endpoints) {
    return new Cluster(
        settings.name(),
        settings.loadBalancing(),
        settings.connectTimeout(),
        settings.tls(),
        settings.tlsRequired(),
        settings.outlierDetection(),
        settings.circuitBreakers(),
        settings.healthCheck(),
        settings.lastGoodAnswer(),
        endpoints);
  }
}
