package dev.weft.config.model;

import java.util.List;
import java.util.Map;

/**
 * Istio's {@code localityLbSetting}. Where distribution is set it alone counts.
 *
 * @param failover which region takes over for which
 * @param failoverPriority labels, {@code key} or {@code key=value}: the more of them from the first
 *     on an endpoint shares with the client, the sooner it is used
 */
public record LocalityBalancing(
    boolean enabled,
    List<Distribution> distribute,
    List<Failover> failover,
    List<String> failoverPriority) {

  /** Istio's mesh-wide default: enabled, by distance. */
  public static final LocalityBalancing DEFAULT =
      new LocalityBalancing(true, List.of(), List.of(), List.of());

  public LocalityBalancing {
    distribute = List.copyOf(distribute);
    failover = List.copyOf(failover);
    failoverPriority = List.copyOf(failoverPriority);
  }

  /**
   * Where clients' requests go.
   *
   * @param from the client's locality, {@code region/zone/subzone} or with {@code *}
   * @param to shares of 100 by locality, written alike
   */
  public record Distribution(String from, Map<String, Integer> to) {}

  /** A region, and the one that its clients use before others. */
  public record Failover(String from, String to) {}
}
