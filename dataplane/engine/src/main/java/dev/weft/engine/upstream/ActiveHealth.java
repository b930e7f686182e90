package dev.weft.engine.upstream;

import dev.weft.engine.model.Cluster;
import dev.weft.engine.model.HealthCheck;
import dev.weft.engine.spi.Timer;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * One cluster's health checks. An endpoint that joins a cluster that is checked gets no requests
 * before its first check has passed; those that are there when checks begin do, until one fails:
 * Envoy holds back the whole cluster until they have been checked once.
 */
final class ActiveHealth {

  private final HealthProbe probe;
  private final HealthSession.Surrounding surrounding;

  private final Map<EndpointState, HealthSession> sessions = new HashMap<>();
  private boolean checks;

  ActiveHealth(
      HealthProbe probe,
      Timer timer,
      Supplier<? extends RandomGenerator> random,
      BooleanSupplier traffic,
      HealthSession.Listener listener) {
    this.probe = probe;
    this.surrounding = new HealthSession.Surrounding(timer, random, traffic, listener);
  }

  /**
   * From now on these are checked, if the cluster is to be. Not for several threads at once.
   *
   * @param endpoints those that may be picked, in the order in which they are asked first
   */
  void check(Cluster cluster, Map<EndpointState, Target> endpoints) {
    HealthCheck check = cluster.healthCheck();
    if (check == null) {
      stop();
      return;
    }
    sessions
        .entrySet()
        .removeIf(
            entry -> {
              Target target = endpoints.get(entry.getKey());
              boolean over = target == null || !entry.getValue().isOf(check, target);
              if (over) {
                entry.getValue().close();
              }
              return over;
            });
    boolean joining = checks;
    checks |= !endpoints.isEmpty();
    endpoints.forEach(
        (endpoint, target) -> {
          if (!sessions.containsKey(endpoint)) {
            begin(new HealthSession(cluster, target, check, probe, surrounding), endpoint, joining);
          }
        });
  }

  private void begin(HealthSession session, EndpointState endpoint, boolean joining) {
    if (joining && !endpoint.everChecked) {
      endpoint.failedHealthCheck = true;
    }
    endpoint.everChecked = true;
    sessions.put(endpoint, session);
    session.start();
  }

  /** None is checked any more, and what checks found is forgotten. */
  void stop() {
    sessions.forEach(
        (endpoint, session) -> {
          session.close();
          endpoint.failedHealthCheck = false;
          endpoint.everChecked = false;
        });
    sessions.clear();
    checks = false;
  }
}
