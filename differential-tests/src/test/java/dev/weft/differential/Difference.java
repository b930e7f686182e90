package dev.weft.differential;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Something that isn't the same.
 *
 * @param id the call's, in access logs without the side's letter
 * @param aspect what it is: {@code status}, {@code response header NAME}, {@code upstream ADDRESS 2
 *     header NAME}, …
 * @param ofEnvoy what became of the whole call
 */
record Difference(
    Scenario scenario,
    String id,
    Call call,
    String aspect,
    String envoy,
    String weft,
    Outcome ofEnvoy,
    Outcome ofWeft) {

  /** In place of a value that isn't there. */
  static final String NONE = "none";

  private static final String SAME_AGAIN = "the same again";

  /** Of times that are left, which go by while two processes work. */
  private static final int TOLERANCE_MILLIS = 100;

  static List<Difference> between(
      Scenario scenario, String id, Call call, Outcome envoy, Outcome weft) {
    Map<String, String> ofEnvoy = envoy.aspects(scenario.inbound());
    Map<String, String> ofWeft = weft.aspects(scenario.inbound());
    TreeSet<String> all = new TreeSet<>(ofEnvoy.keySet());
    all.addAll(ofWeft.keySet());
    List<Difference> differences = new ArrayList<>();
    for (String aspect : all) {
      String one = ofEnvoy.getOrDefault(aspect, NONE);
      String other = ofWeft.getOrDefault(aspect, NONE);
      if (!one.equals(other) && !(isTimeLeft(aspect) && close(one, other))) {
        differences.add(new Difference(scenario, id, call, aspect, one, other, envoy, weft));
      }
    }
    return differences;
  }

  /** From what the call is meant to become, where it says so: the sides may err in the same way. */
  static List<Difference> fromMeant(
      Scenario scenario, String id, Call call, Outcome envoy, Outcome weft) {
    List<Difference> differences = new ArrayList<>();
    call.meant()
        .forEach(
            (aspect, meant) -> {
              String one = envoy.ends().getOrDefault(aspect, NONE);
              String other = weft.ends().getOrDefault(aspect, NONE);
              if (!one.equals(meant) || !other.equals(meant)) {
                String what = aspect + ", meant to be " + meant;
                differences.add(new Difference(scenario, id, call, what, one, other, envoy, weft));
              }
            });
    return differences;
  }

  private static boolean isTimeLeft(String aspect) {
    return aspect.endsWith(" x-envoy-expected-rq-timeout-ms") || aspect.endsWith(" grpc-timeout");
  }

  /** Milliseconds, with or without gRPC's unit. */
  private static boolean close(String one, String other) {
    return !one.equals(NONE)
        && !other.equals(NONE)
        && Math.abs(millis(one) - millis(other)) <= TOLERANCE_MILLIS;
  }

  private static int millis(String value) {
    return Integer.parseInt(value.replace("m", ""));
  }

  /**
   * Of where equal calls went, where chance decides that; none within four standard deviations of
   * equal chances. How often they went where the one before did, which tells turns from chance, may
   * differ by twice that: the order of turns by unequal weights is each side's own.
   */
  static List<Difference> ofShares(
      Scenario scenario, String id, Call call, List<Outcome> envoy, List<Outcome> weft) {
    double bound = 4 * Math.sqrt(0.5 / envoy.size());
    Map<String, Double> ofEnvoy = shares(envoy);
    Map<String, Double> ofWeft = shares(weft);
    TreeSet<String> all = new TreeSet<>(ofEnvoy.keySet());
    all.addAll(ofWeft.keySet());
    List<Difference> differences = new ArrayList<>();
    for (String place : all) {
      double one = ofEnvoy.getOrDefault(place, 0.0);
      double other = ofWeft.getOrDefault(place, 0.0);
      if (Math.abs(one - other) > (place.equals(SAME_AGAIN) ? 2 * bound : bound)) {
        differences.add(
            new Difference(
                scenario,
                id,
                call,
                "share of " + place,
                Double.toString(one),
                Double.toString(other),
                envoy.get(0),
                weft.get(0)));
      }
    }
    return differences;
  }

  /** Of all the lines of a log. */
  static List<Difference> ofLogs(
      Scenario scenario, Call last, List<String> envoy, List<String> weft) {
    List<Difference> differences = new ArrayList<>();
    for (int i = 0; i < Math.max(envoy.size(), weft.size()); i++) {
      String one = i < envoy.size() ? envoy.get(i) : NONE;
      String other = i < weft.size() ? weft.get(i) : NONE;
      if (!one.equals(other)) {
        differences.add(
            new Difference(
                scenario,
                scenario.name(),
                last,
                "line " + (i + 1) + " of the log",
                one,
                other,
                Outcome.NONE,
                Outcome.NONE));
      }
    }
    return differences;
  }

  private static String place(Outcome outcome) {
    return outcome.status()
        + " of "
        + outcome.seen().stream().map(Upstreams.Seen::address).toList()
        + " in "
        + outcome.log().cluster();
  }

  private static Map<String, Double> shares(List<Outcome> outcomes) {
    Map<String, Double> shares = new HashMap<>();
    double one = 1.0 / outcomes.size();
    String before = "";
    for (Outcome outcome : outcomes) {
      String place = place(outcome);
      shares.merge(place, one, Double::sum);
      if (place.equals(before)) {
        shares.merge(SAME_AGAIN, one, Double::sum);
      }
      before = place;
    }
    return shares;
  }

  /** The header's name, if it is one that differs; else empty. */
  String header() {
    int at = aspect.indexOf("header ");
    return at < 0 ? "" : aspect.substring(at + "header ".length());
  }

  @Override
  public String toString() {
    return "%s %s: %s%n    Envoy: %s (%s)%n    Weft:  %s%n"
        .formatted(id, call, aspect, envoy, ofEnvoy.log().details(), weft);
  }
}
