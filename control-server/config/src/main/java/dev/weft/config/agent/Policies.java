package dev.weft.config.agent;

import dev.weft.config.model.ClientWorkload;
import dev.weft.config.model.DestinationRule;
import dev.weft.config.model.MeshModel;
import dev.weft.config.model.Service;
import dev.weft.config.model.TrafficPolicy;
import java.util.Optional;

/** The traffic policy of one destination: that of its subset over that of the whole. */
final class Policies {

  private final MeshModel model;

  Policies(MeshModel model) {
    this.model = model;
  }

  /** As seen by a client; empty if there is no such port or subset. */
  Optional<TrafficPolicy> of(ClusterName name, Service service, ClientWorkload client) {
    Optional<DestinationRule> rule = model.destinationRule(service, client);
    Optional<DestinationRule.Subset> subset = rule.flatMap(r -> r.subset(name.subset()));
    if (service.port(name.port()).isEmpty() || (subset.isEmpty() && !name.subset().isEmpty())) {
      return Optional.empty();
    }
    TrafficPolicy policy =
        TrafficPolicy.NONE.merge(
            rule.map(DestinationRule::policy).orElse(TrafficPolicy.NONE), name.port());
    return Optional.of(
        subset.isPresent() ? policy.merge(subset.get().policy(), name.port()) : policy);
  }
}
