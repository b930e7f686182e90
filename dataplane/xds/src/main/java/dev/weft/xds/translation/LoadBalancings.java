package dev.weft.xds.translation;

import dev.weft.engine.model.LoadBalancing;
import dev.weft.engine.model.LoadBalancing.LeastRequest;
import dev.weft.engine.model.LoadBalancing.Maglev;
import dev.weft.engine.model.LoadBalancing.Policy;
import dev.weft.engine.model.LoadBalancing.RingHash;
import dev.weft.engine.model.LoadBalancing.RoundRobin;
import dev.weft.engine.model.LoadBalancing.SlowStart;
import dev.weft.engine.model.LoadBalancing.ZoneAware;
import dev.weft.engine.model.LocalCluster;
import dev.weft.xds.proto.Cluster;
import dev.weft.xds.proto.Cluster.CommonLbConfig;
import dev.weft.xds.proto.Cluster.LeastRequestLbConfig;
import dev.weft.xds.proto.Cluster.RingHashLbConfig;
import dev.weft.xds.proto.Cluster.SlowStartConfig;
import java.math.BigInteger;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A Cluster's lb_policy, its configuration, and common_lb_config; or its load_balancing_policy. */
final class LoadBalancings {

  private static final int DEFAULT_PANIC_THRESHOLD = 50;

  private LoadBalancings() {}

  static LoadBalancing loadBalancing(Cluster source, Findings findings) throws ResourceRefused {
    CommonLbConfig common = source.getCommonLbConfig();
    findings.noteUnread(common, "common_lb_config");
    CommonLbConfig.ZoneAwareLbConfig zoneAware = common.getZoneAwareLbConfig();
    findings.noteUnread(zoneAware, "common_lb_config.zone_aware_lb_config");
    ExtensionPolicy extension =
        source.hasLoadBalancingPolicy()
            ? ExtensionPolicy.of(source.getLoadBalancingPolicy(), findings)
            : null;
    return new LoadBalancing(
        extension == null ? policy(source, findings) : extension.policy(),
        extension == null ? common.hasLocalityWeightedLbConfig() : extension.localityWeighted(),
        common.hasHealthyPanicThreshold()
            ? (int) Math.round(common.getHealthyPanicThreshold().getValue())
            : DEFAULT_PANIC_THRESHOLD,
        common.hasZoneAwareLbConfig() ? zoneAware(zoneAware) : null);
  }

  private static ZoneAware zoneAware(CommonLbConfig.ZoneAwareLbConfig config) {
    return new ZoneAware(
        config.hasRoutingEnabled() ? (int) Math.round(config.getRoutingEnabled().getValue()) : 100,
        config.hasMinClusterSize()
            ? config.getMinClusterSize().getValue()
            : ZoneAware.DEFAULT_MIN_CLUSTER_SIZE,
        LocalCluster.UNKNOWN);
  }

  private static Policy policy(Cluster source, Findings findings) throws ResourceRefused {
    return switch (source.getLbPolicy()) {
      case ROUND_ROBIN -> {
        findings.noteUnread(source.getRoundRobinLbConfig(), "round_robin_lb_config");
        yield new RoundRobin(
            source.getRoundRobinLbConfig().hasSlowStartConfig()
                ? slowStart(
                    source.getRoundRobinLbConfig().getSlowStartConfig(),
                    "round_robin_lb_config.slow_start_config",
                    findings)
                : null);
      }
      case LEAST_REQUEST -> leastRequest(source.getLeastRequestLbConfig(), findings);
      case RANDOM -> new LoadBalancing.Random();
      case RING_HASH -> ringHash(source.getRingHashLbConfig(), findings);
      case MAGLEV -> maglev(source.getMaglevLbConfig(), findings);
      default -> {
        findings.note(
            "lb_policy", source.getLbPolicy().name() + " is not supported; LEAST_REQUEST is used");
        yield leastRequest(LeastRequestLbConfig.getDefaultInstance(), findings);
      }
    };
  }

  private static LeastRequest leastRequest(LeastRequestLbConfig config, Findings findings)
      throws ResourceRefused {
    findings.noteUnread(config, "least_request_lb_config");
    double bias =
        config.hasActiveRequestBias()
            ? config.getActiveRequestBias().getDefaultValue()
            : LeastRequest.DEFAULT_BIAS;
    if (!(bias >= 0)) {
      throw findings.refusal(
          "least_request_lb_config.active_request_bias", "must be greater than or equal to 0");
    }
    return new LeastRequest(
        config.hasChoiceCount()
            ? Math.max(2, Values.clamped(config.getChoiceCount().getValue()))
            : LeastRequest.DEFAULT_CHOICES,
        bias,
        config.hasSlowStartConfig()
            ? slowStart(
                config.getSlowStartConfig(), "least_request_lb_config.slow_start_config", findings)
            : null);
  }

  private static @Nullable SlowStart slowStart(SlowStartConfig config, String at, Findings findings)
      throws ResourceRefused {
    findings.noteUnread(config, at);
    Duration window = Values.duration(config.getSlowStartWindow());
    if (window.compareTo(Duration.ZERO) <= 0) {
      return null;
    }
    double aggression =
        config.hasAggression()
            ? config.getAggression().getDefaultValue()
            : SlowStart.DEFAULT_AGGRESSION;
    if (!(aggression > 0)) {
      throw findings.refusal(at + ".aggression", "must be greater than 0");
    }
    return new SlowStart(
        window,
        aggression,
        config.hasMinWeightPercent()
            ? config.getMinWeightPercent().getValue()
            : SlowStart.DEFAULT_MINIMUM_PERCENT);
  }

  private static RingHash ringHash(RingHashLbConfig config, Findings findings)
      throws ResourceRefused {
    findings.noteUnread(config, "ring_hash_lb_config");
    if (config.getHashFunction() != RingHashLbConfig.HashFunction.XX_HASH) {
      findings.note(
          "ring_hash_lb_config.hash_function",
          config.getHashFunction().name() + " is not supported; XX_HASH is used");
    }
    long minimum =
        config.hasMinimumRingSize()
            ? config.getMinimumRingSize().getValue()
            : RingHash.DEFAULT_MINIMUM;
    long maximum =
        config.hasMaximumRingSize()
            ? config.getMaximumRingSize().getValue()
            : RingHash.DEFAULT_MAXIMUM;
    if (minimum < 0 || minimum > RingHash.DEFAULT_MAXIMUM) {
      throw findings.refusal(
          "ring_hash_lb_config.minimum_ring_size", "must be at most " + RingHash.DEFAULT_MAXIMUM);
    }
    if (maximum < minimum || maximum > RingHash.DEFAULT_MAXIMUM) {
      throw findings.refusal(
          "ring_hash_lb_config.maximum_ring_size",
          "must be at least minimum_ring_size and at most " + RingHash.DEFAULT_MAXIMUM);
    }
    return new RingHash(minimum, maximum);
  }

  private static Maglev maglev(Cluster.MaglevLbConfig config, Findings findings)
      throws ResourceRefused {
    findings.noteUnread(config, "maglev_lb_config");
    long size = config.hasTableSize() ? config.getTableSize().getValue() : Maglev.DEFAULT_SIZE;
    if (size < 2 || size > Maglev.LARGEST || !BigInteger.valueOf(size).isProbablePrime(40)) {
      throw findings.refusal(
          "maglev_lb_config.table_size", "must be a prime of at most " + Maglev.LARGEST);
    }
    return new Maglev((int) size);
  }
}
