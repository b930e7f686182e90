package dev.weft.config.model;

import dev.weft.config.model.LocalityBalancing.Failover;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Istio's {@code zoneAwareLbSetting}: as much of a client's requests as its zone can take stays
 * there. Where it is given, enabled or not, no other treatment of localities counts.
 *
 * @param failover which region takes over for which
 * @param failoverPriority labels, as {@link LocalityBalancing#failoverPriority}'s; before regions
 * @param minClusterSize healthy endpoints in the client's region; null: Envoy's default of 6
 */
public record ZoneAwareBalancing(
    boolean enabled,
    List<Failover> failover,
    List<String> failoverPriority,
    @Nullable Integer minClusterSize) {

  public ZoneAwareBalancing {
    failover = List.copyOf(failover);
    failoverPriority = List.copyOf(failoverPriority);
  }
}
