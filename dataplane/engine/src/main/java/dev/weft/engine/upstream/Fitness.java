package dev.weft.engine.upstream;

import dev.weft.engine.model.Cluster;
import dev.weft.engine.upstream.EndpointState.Standing;

/** Whether an endpoint can be used, by what its cluster says and by what came of requests. */
enum Fitness {
  HEALTHY,
  DEGRADED,
  UNFIT;

  /** At the moment. */
  static Fitness of(Cluster cluster, Target target) {
    return of(cluster, target, target.state.standing());
  }

  static Fitness of(Cluster cluster, Target target, Standing standing) {
    // The last check may still say something after there are to be none any more.
    boolean failedCheck = cluster.healthCheck() != null && target.state.failedHealthCheck;
    if (standing.ejected() || failedCheck) {
      return UNFIT;
    }
    return switch (target.endpoint().health()) {
      case HEALTHY -> HEALTHY;
      case DEGRADED -> DEGRADED;
      case UNHEALTHY, DRAINING -> UNFIT;
    };
  }
}
