package dev.weft.config.istio;

import dev.weft.config.model.Locality;
import dev.weft.config.model.LocalityBalancing;
import dev.weft.config.model.LocalityBalancing.Distribution;
import dev.weft.config.model.LocalityBalancing.Failover;
import dev.weft.config.model.ZoneAwareBalancing;
import dev.weft.config.source.Fields;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code localityLbSetting} and {@code zoneAwareLbSetting}; Istio's
 * validateLocalityLbSetting.
 */
final class LocalitySettings {

  /** By these Envoy or Istio partitions endpoints anyway. */
  private static final Set<String> ZONE_AWARE_ANYWAY =
      Set.of(Locality.REGION_LABEL, Locality.ZONE_LABEL, Locality.SUBZONE_LABEL);

  private LocalitySettings() {}

  static LocalityBalancing read(Fields fields) {
    Boolean enabled = fields.bool("enabled");
    LocalityBalancing settings =
        new LocalityBalancing(
            enabled == null || enabled,
            fields.objects("distribute", LocalitySettings::distribution),
            fields.objects("failover", LocalitySettings::failover),
            fields.strings("failoverPriority"));
    if (!settings.distribute().isEmpty()
        && (!settings.failover().isEmpty() || !settings.failoverPriority().isEmpty())) {
      fields.error("distribute", "must not be given with failover or failoverPriority");
    }
    return settings;
  }

  static ZoneAwareBalancing zoneAware(Fields fields) {
    Boolean enabled = fields.bool("enabled");
    Integer minimum = fields.integer("minClusterSize", 0, Integer.MAX_VALUE);
    ZoneAwareBalancing settings =
        new ZoneAwareBalancing(
            enabled == null || enabled,
            fields.objects("failover", LocalitySettings::failover),
            fields.strings("failoverPriority"),
            minimum);
    for (String label : settings.failoverPriority()) {
      if (ZONE_AWARE_ANYWAY.contains(label.split("=", 2)[0])) {
        fields.error(
            "failoverPriority",
            "must not have " + label + ": regions and zones are told apart anyway");
      }
    }
    return settings;
  }

  private static Distribution distribution(Fields fields) {
    String from = fields.requiredString("from");
    locality(fields, "from", from);
    Map<String, Integer> to = fields.integerMap("to", 1, 100);
    to.keySet().forEach(where -> locality(fields, "to", where));
    int sum = to.values().stream().mapToInt(Integer::intValue).sum();
    if (sum != 100) {
      fields.error("to", "the weights must add up to 100, and are " + sum);
    }
    return new Distribution(from, to);
  }

  /** A wildcard stands for the whole of the rest. */
  private static void locality(Fields fields, String name, String locality) {
    int star = locality.indexOf('*');
    if (star >= 0 && star != locality.length() - 1) {
      fields.error(name, "\"" + locality + "\" has a wildcard that is not at its end");
    }
    if (locality.split("/", -1).length > 3) {
      fields.error(name, "\"" + locality + "\" is not region/zone/subzone");
    }
  }

  private static Failover failover(Fields fields) {
    String from = region(fields, "from");
    String to = region(fields, "to");
    if (from.equals(to)) {
      fields.error("to", "must be another region than from");
    }
    return new Failover(from, to);
  }

  private static String region(Fields fields, String name) {
    String region = fields.requiredString(name);
    if (region.contains("/") || region.contains("*")) {
      fields.error(name, "must be a region alone, is \"" + region + "\"");
    }
    return region;
  }

  /** Without outlier detection nobody would tell when to fail over. */
  static void check(Fields policy, @Nullable LocalityBalancing settings, boolean detects) {
    if (settings != null
        && !detects
        && (!settings.failover().isEmpty() || !settings.failoverPriority().isEmpty())) {
      policy.warning(
          "loadBalancer", "localityLbSetting fails over only together with outlierDetection");
    }
  }
}
