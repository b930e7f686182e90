package dev.weft.engine.model;

import dev.weft.engine.inbound.MutualTlsMode;
import java.util.List;

/**
 * What may come in through one port.
 *
 * @param denials judged first: a request that any of them matches is refused
 * @param allowances if {@code allowing}: a request that none of them matches is refused
 * @param allowing whether any ALLOW policy is in force, be its list of rules empty
 */
public record InboundListener(
    int port, MutualTlsMode mode, List<Policy> denials, List<Policy> allowances, boolean allowing) {

  public InboundListener {
    denials = List.copyOf(denials);
    allowances = List.copyOf(allowances);
  }

  /**
   * @param name Istio's {@code ns[shop]-policy[only-storefront]-rule[0]}
   */
  public record Policy(String name, Condition condition) {}
}
