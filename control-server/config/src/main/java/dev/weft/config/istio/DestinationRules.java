package dev.weft.config.istio;

import dev.weft.config.model.DestinationRule;
import dev.weft.config.model.Metadata;
import dev.weft.config.model.TrafficPolicy;
import dev.weft.config.model.WorkloadSelector;
import dev.weft.config.source.Fields;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Reads a DestinationRule. */
final class DestinationRules {

  private DestinationRules() {}

  static DestinationRule read(Metadata metadata, Fields spec) {
    String host = spec.requiredString("host");
    if (!host.isEmpty() && !Names.isWildcardHost(host)) {
      spec.error("host", "\"" + host + "\" is not a host name");
    }
    WorkloadSelector clients = CommonFields.selector(spec, "workloadSelector");
    TrafficPolicy policy = spec.object("trafficPolicy", TrafficPolicies::read);
    List<DestinationRule.Subset> subsets = spec.objects("subsets", DestinationRules::subset);
    Set<String> names = new HashSet<>();
    for (DestinationRule.Subset subset : subsets) {
      if (!names.add(subset.name())) {
        spec.error("subsets", "subset " + subset.name() + " is defined twice");
      }
    }
    return new DestinationRule(
        metadata,
        host.toLowerCase(Locale.ROOT),
        clients,
        policy == null ? TrafficPolicy.NONE : policy,
        subsets,
        CommonFields.visibility(spec));
  }

  private static DestinationRule.Subset subset(Fields fields) {
    String name = fields.requiredString("name");
    if (!name.isEmpty() && !Names.isDnsLabel(name)) {
      fields.error("name", "\"" + name + "\" is not a valid subset name");
    }
    TrafficPolicy policy = fields.object("trafficPolicy", TrafficPolicies::read);
    return new DestinationRule.Subset(
        name, CommonFields.labels(fields, "labels"), policy == null ? TrafficPolicy.NONE : policy);
  }
}
