package dev.weft.config.istio;

import dev.weft.config.model.HeaderEdits;
import dev.weft.config.model.RouteRule;
import dev.weft.config.model.WeightedDestination;
import dev.weft.config.source.Fields;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads where a rule's requests go, and where copies of them do. */
final class Destinations {

  private Destinations() {}

  static WeightedDestination weighted(Fields route) {
    Integer weight = route.integer("weight", 0, Integer.MAX_VALUE);
    Target target = route.object("destination", Target::read);
    if (target == null) {
      if (!route.has("destination")) {
        route.error("destination", "is required");
      }
      target = new Target("", "", null);
    }
    RouteActions.Headers headers = RouteActions.headers(route);
    return new WeightedDestination(
        target.host,
        target.subset,
        target.port,
        weight == null ? 0 : weight,
        headers.request(),
        headers.response());
  }

  /** A destination by itself. */
  static WeightedDestination alone(Fields fields) {
    Target target = Target.read(fields);
    return new WeightedDestination(
        target.host, target.subset, target.port, 0, HeaderEdits.NONE, HeaderEdits.NONE);
  }

  private record Target(String host, String subset, @Nullable Integer port) {

    static Target read(Fields fields) {
      String host = fields.requiredString("host");
      if (host.equals("*") || (!host.isEmpty() && !Names.isWildcardHost(host))) {
        fields.error("host", "\"" + host + "\" is not a host name");
      }
      String subset = fields.string("subset");
      if (subset != null && !Names.isDnsLabel(subset)) {
        fields.error("subset", "\"" + subset + "\" is not a valid subset name");
      }
      Integer port =
          fields.object(
              "port",
              selector -> {
                if (!selector.has("number")) {
                  selector.error("number", "is required");
                }
                return CommonFields.port(selector, "number");
              });
      return new Target(host.toLowerCase(Locale.ROOT), subset == null ? "" : subset, port);
    }
  }

  static void checkWeights(Fields rule, List<WeightedDestination> destinations) {
    if (destinations.size() < 2) {
      return;
    }
    long total = 0;
    for (WeightedDestination destination : destinations) {
      total += destination.weight();
    }
    if (total == 0) {
      rule.error("route", "total destination weight is 0");
    } else if (total > Integer.MAX_VALUE) {
      rule.error("route", "total destination weight is too large");
    }
  }

  /** {@code mirrors}, or the single one of before with its percentage. */
  static List<RouteRule.Mirror> mirrors(Fields rule) {
    List<RouteRule.Mirror> mirrors = new ArrayList<>(rule.objects("mirrors", Destinations::mirror));
    Target single = rule.object("mirror", Target::read);
    Double percentage = rule.object("mirrorPercentage", value -> value.number("value", 0, 100));
    Integer percent = rule.integer("mirrorPercent", 0, 100);
    Integer legacy = rule.integer("mirror_percent", 0, 100);
    if (rule.has("mirror") && rule.has("mirrors")) {
      rule.error("", "must have only one of mirror and mirrors");
    }
    for (String name : List.of("mirrorPercentage", "mirrorPercent", "mirror_percent")) {
      if (rule.has(name) && !rule.has("mirror")) {
        rule.warning(name, "has no effect without mirror");
      }
    }
    if (single != null) {
      double share = 100;
      if (rule.has("mirrorPercentage")) {
        share = percentage == null ? 0 : percentage;
      } else if (percent != null) {
        share = percent;
      } else if (legacy != null) {
        share = legacy;
      }
      mirrors.add(mirror(single, share));
    }
    return mirrors;
  }

  private static RouteRule.Mirror mirror(Fields fields) {
    Target target = fields.object("destination", Target::read);
    Double percentage = fields.object("percentage", value -> value.number("value", 0, 100));
    if (target == null) {
      if (!fields.has("destination")) {
        fields.error("destination", "is required");
      }
      target = new Target("", "", null);
    }
    double share = 100;
    if (fields.has("percentage")) {
      share = percentage == null ? 0 : percentage;
    }
    return mirror(target, share);
  }

  private static RouteRule.Mirror mirror(Target target, double percent) {
    return new RouteRule.Mirror(
        new WeightedDestination(
            target.host, target.subset, target.port, 0, HeaderEdits.NONE, HeaderEdits.NONE),
        percent);
  }
}
