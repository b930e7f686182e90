package dev.weft.xds.translation;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.weft.engine.model.LoadBalancing.ClientSideWeighted;
import dev.weft.engine.model.LoadBalancing.Policy;
import dev.weft.xds.proto.ClientSideWeightedRoundRobin;
import dev.weft.xds.proto.LoadBalancingPolicy;
import dev.weft.xds.proto.WrrLocality;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A Cluster's load_balancing_policy, which takes the place of lb_policy.
 *
 * @param localityWeighted wrr_locality is around it
 */
record ExtensionPolicy(Policy policy, boolean localityWeighted) {

  private static final String AT = "load_balancing_policy";

  private static final int[] BY_CALLS_ONLY = {
    2 // oob_reporting_period
  };

  /**
   * The first that is known.
   *
   * @return null if none is
   */
  static @Nullable ExtensionPolicy of(LoadBalancingPolicy source, Findings findings)
      throws ResourceRefused {
    List<String> unknown = new ArrayList<>();
    for (LoadBalancingPolicy.Policy policy : source.getPoliciesList()) {
      Any config = policy.getTypedExtensionConfig().getTypedConfig();
      String type = config.getTypeUrl().substring(config.getTypeUrl().lastIndexOf('.') + 1);
      try {
        if (type.equals("ClientSideWeightedRoundRobin")) {
          return new ExtensionPolicy(
              byLoad(ClientSideWeightedRoundRobin.parseFrom(config.getValue()), findings), false);
        } else if (type.equals("WrrLocality")) {
          ExtensionPolicy inner =
              of(WrrLocality.parseFrom(config.getValue()).getEndpointPickingPolicy(), findings);
          return inner == null ? null : new ExtensionPolicy(inner.policy, true);
        }
      } catch (InvalidProtocolBufferException e) {
        throw findings.refusal(AT, "can't be decoded");
      }
      unknown.add(policy.getTypedExtensionConfig().getName());
    }
    findings.note(AT, "none of " + unknown + " is supported; lb_policy is used");
    return null;
  }

  private static Policy byLoad(ClientSideWeightedRoundRobin source, Findings findings)
      throws ResourceRefused {
    findings.noteUnread(source, AT, BY_CALLS_ONLY);
    double penalty =
        source.hasErrorUtilizationPenalty() ? source.getErrorUtilizationPenalty().getValue() : 1;
    if (!(penalty >= 0)) {
      throw findings.refusal(
          AT + ".error_utilization_penalty", "must be greater than or equal to 0");
    }
    java.time.Duration update =
        orElse(
            source.hasWeightUpdatePeriod(),
            source.getWeightUpdatePeriod(),
            ClientSideWeighted.DEFAULT_UPDATE);
    return new ClientSideWeighted(
        orElse(
            source.hasBlackoutPeriod(),
            source.getBlackoutPeriod(),
            ClientSideWeighted.DEFAULT_BLACKOUT),
        orElse(
            source.hasWeightExpirationPeriod(),
            source.getWeightExpirationPeriod(),
            ClientSideWeighted.DEFAULT_EXPIRATION),
        update.compareTo(ClientSideWeighted.SHORTEST_UPDATE) < 0
            ? ClientSideWeighted.SHORTEST_UPDATE
            : update,
        penalty,
        source.getMetricNamesForComputingUtilizationList());
  }

  private static java.time.Duration orElse(
      boolean set, Duration duration, java.time.Duration otherwise) {
    return set ? Values.duration(duration) : otherwise;
  }
}
