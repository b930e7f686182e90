package dev.weft.config.model;

import java.util.Map;
import java.util.TreeMap;

/** Where something runs, from the large to the small; what isn't known is empty. */
public record Locality(String region, String zone, String subzone) {

  /** Istio's labels, which are Kubernetes' where that has them. */
  public static final String REGION_LABEL = "topology.kubernetes.io/region";

  public static final String ZONE_LABEL = "topology.kubernetes.io/zone";
  public static final String SUBZONE_LABEL = "topology.istio.io/subzone";

  /** Istio's one label for all three, {@code region.zone.subzone}; it wins. */
  private static final String LOCALITY_LABEL = "istio-locality";

  /** Of {@code region/zone/subzone}, of which the latter parts may be missing. */
  public static Locality parse(String text) {
    String[] parts = text.split("/", 3);
    return new Locality(
        parts[0], parts.length > 1 ? parts[1] : "", parts.length > 2 ? parts[2] : "");
  }

  /** As a workload's labels tell it. */
  public static Locality ofLabels(Map<String, String> labels) {
    String whole = labels.getOrDefault(LOCALITY_LABEL, "");
    return whole.isEmpty()
        ? new Locality(
            labels.getOrDefault(REGION_LABEL, ""),
            labels.getOrDefault(ZONE_LABEL, labels.getOrDefault("zone", "")),
            labels.getOrDefault(SUBZONE_LABEL, ""))
        : parse(whole.contains("/") ? whole : whole.replace('.', '/'));
  }

  /** The labels, and those of its parts that they lack. */
  public Map<String, String> addTo(Map<String, String> labels) {
    Map<String, String> all = new TreeMap<>(labels);
    add(all, REGION_LABEL, region);
    add(all, ZONE_LABEL, zone);
    add(all, SUBZONE_LABEL, subzone);
    return all;
  }

  private static void add(Map<String, String> labels, String label, String value) {
    if (!value.isEmpty()) {
      labels.putIfAbsent(label, value);
    }
  }

  /**
   * Whether it is within what a rule names: {@code region/zone/subzone}, where a part that is
   * {@code *} or missing stands for any.
   */
  public boolean within(String rule) {
    Locality wanted = parse(rule);
    return (wanted.region.equals("*") || wanted.region.equals(region))
        && any(wanted.zone, zone)
        && any(wanted.subzone, subzone);
  }

  private static boolean any(String wanted, String part) {
    return wanted.isEmpty() || wanted.equals("*") || wanted.equals(part);
  }

  /** 0: the same; 1: the same zone; 2: the same region; 3: elsewhere. */
  public int distance(Locality other) {
    if (!region.equals(other.region)) {
      return 3;
    }
    if (!zone.equals(other.zone)) {
      return 2;
    }
    return subzone.equals(other.subzone) ? 0 : 1;
  }

  /** {@code region/zone/subzone}, without empty parts at its end. */
  @Override
  public String toString() {
    if (!subzone.isEmpty()) {
      return region + "/" + zone + "/" + subzone;
    }
    return zone.isEmpty() ? region : region + "/" + zone;
  }
}
