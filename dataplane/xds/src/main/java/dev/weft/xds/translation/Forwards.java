package dev.weft.xds.translation;

import com.google.protobuf.Duration;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.model.Fraction;
import dev.weft.engine.model.Mirror;
import dev.weft.engine.model.PathRewrite;
import dev.weft.engine.model.RetryPolicy;
import dev.weft.engine.model.Route;
import dev.weft.xds.proto.HedgePolicy;
import dev.weft.xds.proto.RouteAction;
import dev.weft.xds.proto.VirtualHost;
import dev.weft.xds.proto.WeightedCluster;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Envoy's config.route.v3.RouteAction. */
final class Forwards {

  /** RouteAction.timeout's default. */
  private static final java.time.Duration DEFAULT_TIMEOUT = java.time.Duration.ofSeconds(15);

  // Unread fields that change nothing for a client.
  private static final int[] HARMLESS = {
    11, // priority
    20, // cluster_not_found_response_code: 503, the default
    24, // idle_timeout
    25 // upgrade_configs
  };

  // Unread fields that change where a request goes or what arrives there.
  private static final int[] REFUSED = {
    2, // cluster_header
    4, // metadata_match
    7, // auto_host_rewrite
    29, // host_rewrite_header
    35, // host_rewrite_path_regex
    37, // cluster_specifier_plugin
    39, // inline_cluster_specifier_plugin
    41 // path_rewrite_policy
  };

  private final RouteAction source;
  private final Map<String, String> fallbacks;
  private final String at;
  private final Findings findings;

  private Forwards(
      RouteAction source, Map<String, String> fallbacks, String at, Findings findings) {
    this.source = source;
    this.fallbacks = fallbacks;
    this.at = at;
    this.findings = findings;
  }

  /**
   * @param fallbacks by the cluster that each stands in for
   * @param host what it has stands for what the route leaves unset
   */
  static Route.Forward forward(
      RouteAction source,
      Map<String, String> fallbacks,
      VirtualHost host,
      String at,
      Findings findings)
      throws ResourceRefused {
    return new Forwards(source, fallbacks, at, findings).forward(host);
  }

  private Route.Forward forward(VirtualHost host) throws ResourceRefused {
    Set<Integer> unread = UnreadFields.of(source);
    for (int number : REFUSED) {
      if (unread.contains(number)) {
        throw findings.refusal(at, "field " + number + " is not supported");
      }
    }
    findings.noteUnread(source, at, HARMLESS);
    return new Route.Forward(
        destinations(),
        new Route.Rewrite(pathRewrite(), source.getHostRewriteLiteral()),
        new Route.Timeouts(
            source.hasTimeout() ? timeout(source.getTimeout()) : DEFAULT_TIMEOUT,
            source.hasMaxGrpcTimeout() ? Values.duration(source.getMaxGrpcTimeout()) : null),
        retries(host),
        mirrors(),
        HashPolicies.policies(source.getHashPolicyList(), at + ".hash_policy", findings));
  }

  private static java.time.@Nullable Duration timeout(Duration timeout) {
    java.time.Duration value = Values.duration(timeout);
    return value.isZero() ? null : value;
  }

  private @Nullable PathRewrite pathRewrite() throws ResourceRefused {
    if (source.hasRegexRewrite()) {
      return new PathRewrite.Pattern(
          Re2.replacement(source.getRegexRewrite(), at + ".regex_rewrite", findings));
    }
    return source.getPrefixRewrite().isEmpty()
        ? null
        : new PathRewrite.Matched(source.getPrefixRewrite());
  }

  private @Nullable RetryPolicy retries(VirtualHost host) throws ResourceRefused {
    boolean hedged =
        source.hasHedgePolicy()
            ? hedged(source.getHedgePolicy(), at + ".hedge_policy")
            : host.hasHedgePolicy() && hedged(host.getHedgePolicy(), "virtual_hosts.hedge_policy");
    if (source.hasRetryPolicy()) {
      return Retries.policy(source.getRetryPolicy(), hedged, at + ".retry_policy", findings);
    }
    return host.hasRetryPolicy()
        ? Retries.policy(host.getRetryPolicy(), hedged, "virtual_hosts.retry_policy", findings)
        : null;
  }

  private boolean hedged(HedgePolicy policy, String field) {
    findings.noteUnread(policy, field);
    return policy.getHedgeOnPerTryTimeout();
  }

  private List<Mirror> mirrors() throws ResourceRefused {
    List<Mirror> mirrors = new ArrayList<>();
    for (RouteAction.RequestMirrorPolicy policy : source.getRequestMirrorPoliciesList()) {
      String field = at + ".request_mirror_policies[" + policy.getCluster() + "]";
      findings.noteUnread(policy, field);
      if (policy.getCluster().isEmpty()) {
        findings.note(field, "left out: it names no cluster");
        continue;
      }
      mirrors.add(
          new Mirror(
              policy.getCluster(),
              policy.hasRuntimeFraction()
                  ? Values.fraction(policy.getRuntimeFraction().getDefaultValue())
                  : Fraction.ALL,
              !policy.getDisableShadowHostSuffixAppend()));
    }
    return mirrors;
  }

  private List<Route.Destination> destinations() throws ResourceRefused {
    return switch (source.getClusterSpecifierCase()) {
      case CLUSTER ->
          List.of(
              new Route.Destination(
                  source.getCluster(),
                  1,
                  "",
                  HeaderEdits.NONE,
                  HeaderEdits.NONE,
                  fallbacks.getOrDefault(source.getCluster(), "")));
      case WEIGHTED_CLUSTERS -> weighted(source.getWeightedClusters());
      case CLUSTERSPECIFIER_NOT_SET -> throw findings.refusal(at, "no cluster specifier");
    };
  }

  private List<Route.Destination> weighted(WeightedCluster weighted) throws ResourceRefused {
    List<Route.Destination> destinations = new ArrayList<>();
    long total = 0;
    for (WeightedCluster.ClusterWeight cluster : weighted.getClustersList()) {
      String field = at + ".weighted_clusters.clusters[" + cluster.getName() + "]";
      findings.refuseUnread(cluster, field);
      int weight = Values.clamped(cluster.getWeight().getValue());
      total += weight;
      destinations.add(
          new Route.Destination(
              cluster.getName(),
              weight,
              cluster.getHostRewriteLiteral(),
              new HeaderMutations()
                  .level(
                      cluster.getRequestHeadersToRemoveList(),
                      cluster.getRequestHeadersToAddList(),
                      field + ".request_headers_to_add",
                      findings)
                  .edits(),
              new HeaderMutations()
                  .level(
                      cluster.getResponseHeadersToRemoveList(),
                      cluster.getResponseHeadersToAddList(),
                      field + ".response_headers_to_add",
                      findings)
                  .edits(),
              fallbacks.getOrDefault(cluster.getName(), "")));
    }
    if (total == 0 || total > Integer.MAX_VALUE) {
      throw findings.refusal(
          at + ".weighted_clusters", "the weights' sum must be above 0 and within 31 bits");
    }
    return destinations;
  }
}
