package dev.weft.config.agent;

import dev.weft.config.model.ClientWorkload;
import dev.weft.config.model.Endpoint;
import dev.weft.config.model.Locality;
import dev.weft.config.model.LocalityBalancing;
import dev.weft.config.model.LocalityBalancing.Distribution;
import dev.weft.config.model.LocalityBalancing.Failover;
import dev.weft.config.model.TrafficPolicy;
import dev.weft.config.model.ZoneAwareBalancing;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Endpoints of one locality that a client treats alike. Weights and priorities are Istio's
 * (pilot/pkg/networking/core/loadbalancer): weights by {@code distribute}, or, where there is
 * outlier detection to tell when to fail over, priorities by {@code failoverPriority} and by how
 * far away they are. Zone-aware balancing has priorities by region always.
 */
record LocalityGroup(Locality locality, int priority, int weight, List<Endpoint> endpoints) {

  /** Distances from 0 to 3, and 4 for a region that isn't the one to fail over to. */
  private static final int DISTANCES = 5;

  private static final int OTHER_REGION = 3;
  private static final int NOT_FAILED_OVER_TO = 4;

  LocalityGroup {
    endpoints = List.copyOf(endpoints);
  }

  private static LocalityGroup of(Locality locality, int priority, List<Endpoint> endpoints) {
    return new LocalityGroup(
        locality, priority, endpoints.stream().mapToInt(Endpoint::weight).sum(), endpoints);
  }

  private LocalityGroup withPriority(int other) {
    return new LocalityGroup(locality, other, weight, endpoints);
  }

  private LocalityGroup withWeight(int other) {
    return new LocalityGroup(locality, priority, other, endpoints);
  }

  /** In the order of priorities, and of their localities' names. */
  static List<LocalityGroup> groups(
      List<Endpoint> endpoints,
      TrafficPolicy policy,
      LocalityBalancing meshWide,
      ClientWorkload client) {
    Map<String, List<Endpoint>> byLocality = new TreeMap<>();
    for (Endpoint endpoint : endpoints) {
      byLocality.computeIfAbsent(endpoint.locality(), locality -> new ArrayList<>()).add(endpoint);
    }
    List<LocalityGroup> groups = new ArrayList<>();
    byLocality.forEach((name, members) -> groups.add(of(Locality.parse(name), 0, members)));
    ZoneAwareBalancing zoneAware = policy.zoneAware();
    if (zoneAware != null) {
      return zoneAware(groups, zoneAware, client);
    }
    LocalityBalancing settings = policy.localities(meshWide);
    if (settings == null) {
      return groups;
    } else if (!settings.distribute().isEmpty()) {
      return distributed(groups, settings.distribute(), client.locality());
    } else if (policy.outliers() == null) {
      return groups;
    }
    List<LocalityGroup> prioritized = groups;
    if (!settings.failoverPriority().isEmpty()) {
      prioritized = withoutGaps(byLabels(groups, settings.failoverPriority(), client));
    }
    if (settings.failoverPriority().isEmpty() || !settings.failover().isEmpty()) {
      prioritized = withoutGaps(byDistance(prioritized, settings.failover(), client.locality()));
    }
    return prioritized;
  }

  /** By labels, and within that by region, always; zones are the client's own to choose among. */
  private static List<LocalityGroup> zoneAware(
      List<LocalityGroup> groups, ZoneAwareBalancing settings, ClientWorkload client) {
    List<LocalityGroup> prioritized =
        withoutGaps(byLabels(groups, settings.failoverPriority(), client));
    return withoutGaps(byRegion(prioritized, settings.failover(), client.locality()));
  }

  /** By the first rule for the client's locality; localities that it doesn't name get nothing. */
  private static List<LocalityGroup> distributed(
      List<LocalityGroup> groups, List<Distribution> rules, Locality client) {
    for (Distribution rule : rules) {
      if (client.within(rule.from())) {
        return distributed(groups, rule.to());
      }
    }
    return groups;
  }

  private static List<LocalityGroup> distributed(
      List<LocalityGroup> groups, Map<String, Integer> to) {
    List<LocalityGroup> weighted = new ArrayList<>();
    Set<LocalityGroup> taken = new HashSet<>();
    to.forEach(
        (where, share) -> {
          List<LocalityGroup> there =
              groups.stream()
                  .filter(group -> !taken.contains(group) && group.locality.within(where))
                  .toList();
          taken.addAll(there);
          int sum = there.stream().mapToInt(LocalityGroup::weight).sum();
          there.forEach(
              group ->
                  weighted.add(
                      group.withWeight((int) Math.ceil((double) group.weight * share / sum))));
        });
    weighted.sort(Comparator.comparing(group -> group.locality.toString()));
    return weighted;
  }

  private static List<LocalityGroup> byLabels(
      List<LocalityGroup> groups, List<String> labels, ClientWorkload client) {
    Map<String, String> own = client.locality().addTo(client.labels());
    List<LocalityGroup> split = new ArrayList<>();
    for (LocalityGroup group : groups) {
      Map<Integer, List<Endpoint>> byPriority = new TreeMap<>();
      for (Endpoint endpoint : group.endpoints) {
        Map<String, String> its = group.locality.addTo(endpoint.labels());
        byPriority
            .computeIfAbsent(unlike(labels, own, its), priority -> new ArrayList<>())
            .add(endpoint);
      }
      byPriority.forEach((priority, members) -> split.add(of(group.locality, priority, members)));
    }
    return split;
  }

  /** How many of the labels are left from the first one on that differs. */
  private static int unlike(List<String> labels, Map<String, String> own, Map<String, String> its) {
    for (int i = 0; i < labels.size(); i++) {
      String label = labels.get(i);
      int equals = label.indexOf('=');
      String key = equals < 0 ? label : label.substring(0, equals);
      String wanted = equals < 0 ? own.getOrDefault(key, "") : label.substring(equals + 1);
      if (!wanted.equals(its.getOrDefault(key, ""))) {
        return labels.size() - i;
      }
    }
    return 0;
  }

  private static List<LocalityGroup> byDistance(
      List<LocalityGroup> groups, List<Failover> failover, Locality client) {
    return groups.stream()
        .map(
            group ->
                group.withPriority(
                    group.priority * DISTANCES + distance(group.locality, failover, client)))
        .toList();
  }

  private static List<LocalityGroup> byRegion(
      List<LocalityGroup> groups, List<Failover> failover, Locality client) {
    return groups.stream()
        .map(
            group -> {
              int distance = distance(group.locality, failover, client);
              return group.withPriority(
                  group.priority * DISTANCES + (distance < OTHER_REGION ? 0 : distance));
            })
        .toList();
  }

  private static int distance(Locality locality, List<Failover> failover, Locality client) {
    int distance = client.distance(locality);
    boolean elsewhere =
        distance == OTHER_REGION
            && failover.stream()
                .filter(rule -> rule.from().equals(client.region()))
                .findFirst()
                .filter(rule -> !rule.to().equals(locality.region()))
                .isPresent();
    return elsewhere ? NOT_FAILED_OVER_TO : distance;
  }

  /** Envoy wants priorities from 0 on. */
  private static List<LocalityGroup> withoutGaps(List<LocalityGroup> groups) {
    Set<Integer> used = new TreeSet<>();
    groups.forEach(group -> used.add(group.priority));
    List<Integer> inOrder = List.copyOf(used);
    return groups.stream()
        .map(group -> group.withPriority(inOrder.indexOf(group.priority)))
        .sorted(Comparator.comparingInt(LocalityGroup::priority))
        .toList();
  }
}
