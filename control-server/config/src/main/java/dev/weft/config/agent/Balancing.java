package dev.weft.config.agent;

import com.google.protobuf.Any;
import com.google.protobuf.FloatValue;
import com.google.protobuf.Message;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.UInt64Value;
import dev.weft.config.model.LoadBalancer;
import dev.weft.config.model.LoadBalancer.BackendUtilization;
import dev.weft.config.model.LoadBalancer.ConsistentHash;
import dev.weft.config.model.LoadBalancer.Maglev;
import dev.weft.config.model.LoadBalancer.RingHash;
import dev.weft.config.model.LoadBalancer.Simple;
import dev.weft.config.model.LoadBalancer.Warmup;
import dev.weft.config.model.LocalityBalancing;
import dev.weft.config.model.TrafficPolicy;
import dev.weft.config.model.ZoneAwareBalancing;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.cluster.v3.Cluster.CommonLbConfig;
import io.envoyproxy.envoy.config.cluster.v3.Cluster.LbPolicy;
import io.envoyproxy.envoy.config.cluster.v3.Cluster.LeastRequestLbConfig;
import io.envoyproxy.envoy.config.cluster.v3.Cluster.MaglevLbConfig;
import io.envoyproxy.envoy.config.cluster.v3.Cluster.RingHashLbConfig;
import io.envoyproxy.envoy.config.cluster.v3.Cluster.RoundRobinLbConfig;
import io.envoyproxy.envoy.config.cluster.v3.Cluster.SlowStartConfig;
import io.envoyproxy.envoy.config.cluster.v3.LoadBalancingPolicy;
import io.envoyproxy.envoy.config.core.v3.RuntimeDouble;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.extensions.load_balancing_policies.client_side_weighted_round_robin.v3.ClientSideWeightedRoundRobin;
import io.envoyproxy.envoy.extensions.load_balancing_policies.wrr_locality.v3.WrrLocality;
import io.envoyproxy.envoy.type.v3.Percent;
import org.jspecify.annotations.Nullable;

/**
 * A traffic policy's {@code loadBalancer} as a Cluster's lb_policy and common_lb_config, or its
 * load_balancing_policy.
 */
final class Balancing {

  /** Istio's: it names nothing, so that there is nothing to override. */
  private static final String NO_RUNTIME_KEY = "(";

  private Balancing() {}

  /**
   * @param panicThreshold percent; null: what the policy comes to
   * @param meshWide how localities are treated where the policy doesn't say
   */
  static void apply(
      TrafficPolicy policy,
      @Nullable Integer panicThreshold,
      LocalityBalancing meshWide,
      Cluster.Builder cluster) {
    int minHealth = policy.outliers() == null ? 0 : policy.outliers().minHealthPercent();
    CommonLbConfig.Builder common =
        CommonLbConfig.newBuilder()
            .setHealthyPanicThreshold(
                Percent.newBuilder().setValue(panicThreshold == null ? minHealth : panicThreshold));
    LoadBalancer balancer =
        policy.loadBalancer() == null ? LoadBalancer.DEFAULT : policy.loadBalancer();
    BackendUtilization utilization = balancer.backendUtilization();
    if (utilization != null) {
      // Envoy takes either an extension or the parts of common_lb_config that are about localities.
      cluster
          .setCommonLbConfig(common)
          .setLoadBalancingPolicy(
              weighsLocalities(policy, meshWide)
                  ? extension(
                      "envoy.load_balancing_policies.wrr_locality",
                      WrrLocality.newBuilder()
                          .setEndpointPickingPolicy(byLoad(utilization))
                          .build())
                  : byLoad(utilization));
      return;
    }
    if (weighsLocalities(policy, meshWide)) {
      common.setLocalityWeightedLbConfig(
          CommonLbConfig.LocalityWeightedLbConfig.getDefaultInstance());
    }
    ZoneAwareBalancing zoneAware = policy.zoneAware();
    if (zoneAware != null) {
      var config = common.getZoneAwareLbConfigBuilder();
      if (zoneAware.minClusterSize() != null) {
        config.setMinClusterSize(UInt64Value.of(zoneAware.minClusterSize()));
      }
    }
    cluster.setCommonLbConfig(common);
    if (balancer.consistentHash() != null) {
      apply(balancer.consistentHash(), cluster);
      return;
    }
    Warmup warmup = balancer.warmup();
    switch (balancer.simple() == null ? Simple.LEAST_REQUEST : balancer.simple()) {
      case LEAST_REQUEST -> {
        cluster.setLbPolicy(LbPolicy.LEAST_REQUEST);
        if (warmup != null) {
          cluster.setLeastRequestLbConfig(
              LeastRequestLbConfig.newBuilder()
                  .setChoiceCount(UInt32Value.of(2))
                  .setSlowStartConfig(slowStart(warmup)));
        }
      }
      case ROUND_ROBIN -> {
        cluster.setLbPolicy(LbPolicy.ROUND_ROBIN);
        if (warmup != null) {
          cluster.setRoundRobinLbConfig(
              RoundRobinLbConfig.newBuilder().setSlowStartConfig(slowStart(warmup)));
        }
      }
      case PASSTHROUGH -> cluster.setLbPolicy(LbPolicy.ROUND_ROBIN);
      case RANDOM -> cluster.setLbPolicy(LbPolicy.RANDOM);
    }
  }

  /** As Istio, which otherwise leaves all endpoints alike. */
  private static boolean weighsLocalities(TrafficPolicy policy, LocalityBalancing meshWide) {
    LocalityBalancing localities = policy.localities(meshWide);
    return localities != null
        && (!localities.distribute().isEmpty()
            || (policy.outliers() != null
                && (!localities.failover().isEmpty() || !localities.failoverPriority().isEmpty())));
  }

  private static LoadBalancingPolicy byLoad(BackendUtilization utilization) {
    ClientSideWeightedRoundRobin.Builder policy =
        ClientSideWeightedRoundRobin.newBuilder()
            // What gRFC A58 and Envoy's documentation say it is by default; Envoy's code has none.
            .setErrorUtilizationPenalty(
                FloatValue.of((float) utilization.errorUtilizationPenalty()))
            .addAllMetricNamesForComputingUtilization(utilization.metrics());
    if (utilization.blackoutPeriod() != null) {
      policy.setBlackoutPeriod(Protos.duration(utilization.blackoutPeriod()));
    }
    if (utilization.weightExpirationPeriod() != null) {
      policy.setWeightExpirationPeriod(Protos.duration(utilization.weightExpirationPeriod()));
    }
    if (utilization.weightUpdatePeriod() != null) {
      policy.setWeightUpdatePeriod(Protos.duration(utilization.weightUpdatePeriod()));
    }
    return extension(
        "envoy.load_balancing_policies.client_side_weighted_round_robin", policy.build());
  }

  private static LoadBalancingPolicy extension(String name, Message config) {
    return LoadBalancingPolicy.newBuilder()
        .addPolicies(
            LoadBalancingPolicy.Policy.newBuilder()
                .setTypedExtensionConfig(
                    TypedExtensionConfig.newBuilder()
                        .setName(name)
                        .setTypedConfig(Any.pack(config))))
        .build();
  }

  private static void apply(ConsistentHash hash, Cluster.Builder cluster) {
    if (hash.algorithm() instanceof Maglev maglev) {
      cluster
          .setLbPolicy(LbPolicy.MAGLEV)
          .setMaglevLbConfig(
              MaglevLbConfig.newBuilder().setTableSize(UInt64Value.of(maglev.tableSize())));
    } else if (hash.algorithm() instanceof RingHash ring) {
      cluster
          .setLbPolicy(LbPolicy.RING_HASH)
          .setRingHashLbConfig(
              RingHashLbConfig.newBuilder().setMinimumRingSize(UInt64Value.of(ring.minimumSize())));
    }
  }

  private static SlowStartConfig slowStart(Warmup warmup) {
    return SlowStartConfig.newBuilder()
        .setSlowStartWindow(Protos.duration(warmup.duration()))
        .setAggression(
            RuntimeDouble.newBuilder()
                .setDefaultValue(warmup.aggression())
                .setRuntimeKey(NO_RUNTIME_KEY))
        .setMinWeightPercent(Percent.newBuilder().setValue(warmup.minimumPercent()))
        .build();
  }
}
