package dev.weft.config.istio;

import dev.weft.config.model.LoadBalancer;
import dev.weft.config.model.LoadBalancer.BackendUtilization;
import dev.weft.config.model.LoadBalancer.ConsistentHash;
import dev.weft.config.model.LoadBalancer.CookieKey;
import dev.weft.config.model.LoadBalancer.HashAlgorithm;
import dev.weft.config.model.LoadBalancer.HashKey;
import dev.weft.config.model.LoadBalancer.HeaderKey;
import dev.weft.config.model.LoadBalancer.Maglev;
import dev.weft.config.model.LoadBalancer.QueryParameterKey;
import dev.weft.config.model.LoadBalancer.RingHash;
import dev.weft.config.model.LoadBalancer.Simple;
import dev.weft.config.model.LoadBalancer.SourceIpKey;
import dev.weft.config.model.LoadBalancer.Warmup;
import dev.weft.config.model.ZoneAwareBalancing;
import dev.weft.config.source.Fields;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads a traffic policy's {@code loadBalancer}. */
final class LoadBalancers {

  private static final int LARGEST_RING = 8 << 20;
  private static final int LARGEST_TABLE = 5_000_011;

  /** Envoy's and Istio's. */
  private static final double DEFAULT_MINIMUM_PERCENT = 10;

  /** As Envoy names what is in an OrcaLoadReport. */
  private static final Pattern METRIC =
      Pattern.compile(
          "(application|cpu|mem)_utilization|eps|rps_fractional"
              + "|(named_metrics|utilization|request_cost)\\..+");

  private LoadBalancers() {}

  private enum Written {
    UNSPECIFIED,
    LEAST_CONN,
    LEAST_REQUEST,
    RANDOM,
    ROUND_ROBIN,
    PASSTHROUGH
  }

  static LoadBalancer read(Fields fields) {
    List<String> policies =
        Stream.of("simple", "consistentHash", "backendUtilization").filter(fields::has).toList();
    if (policies.size() > 1) {
      fields.error(
          policies.get(1), "only one of " + String.join(" and ", policies) + " can be given");
    }
    Simple simple = simple(fields);
    ConsistentHash hash = fields.object("consistentHash", LoadBalancers::consistentHash);
    BackendUtilization utilization =
        fields.object("backendUtilization", LoadBalancers::backendUtilization);
    Warmup warmup = warmup(fields);
    if (warmup != null && (hash != null || utilization != null || simple == Simple.RANDOM)) {
      fields.warning(
          fields.has("warmup") ? "warmup" : "warmupDurationSecs",
          "is for ROUND_ROBIN and LEAST_REQUEST only; ignored");
    }
    if (fields.has("localityLbSetting") && fields.has("zoneAwareLbSetting")) {
      fields.error(
          "zoneAwareLbSetting",
          "only one of localityLbSetting and zoneAwareLbSetting can be given");
    }
    ZoneAwareBalancing zoneAware = fields.object("zoneAwareLbSetting", LocalitySettings::zoneAware);
    if (zoneAware != null && (hash != null || utilization != null)) {
      fields.warning(
          "zoneAwareLbSetting",
          "orders regions only: with consistentHash and backendUtilization endpoints are chosen in"
              + " whatever zone they are, as by Envoy");
    }
    return new LoadBalancer(
        simple,
        hash,
        utilization,
        fields.object("localityLbSetting", LocalitySettings::read),
        zoneAware,
        warmup);
  }

  private static @Nullable Simple simple(Fields fields) {
    Written written = fields.oneOf("simple", Written.class);
    if (written == null) {
      return null;
    }
    return switch (written) {
      case UNSPECIFIED -> null;
      case LEAST_CONN, LEAST_REQUEST -> Simple.LEAST_REQUEST;
      case RANDOM -> Simple.RANDOM;
      case ROUND_ROBIN -> Simple.ROUND_ROBIN;
      case PASSTHROUGH -> Simple.PASSTHROUGH;
    };
  }

  private static ConsistentHash consistentHash(Fields fields) {
    return new ConsistentHash(key(fields), algorithm(fields));
  }

  private static BackendUtilization backendUtilization(Fields fields) {
    Double penalty = fields.number("errorUtilizationPenalty", 0, Float.MAX_VALUE);
    List<String> metrics = fields.strings("metricNamesForComputingUtilization");
    for (String metric : metrics) {
      if (!METRIC.matcher(metric).matches()) {
        fields.error(
            "metricNamesForComputingUtilization",
            "\""
                + metric
                + "\" is no metric of a load report: application_utilization,"
                + " cpu_utilization, mem_utilization, named_metrics.NAME or utilization.NAME");
      }
    }
    return new BackendUtilization(
        fields.duration("blackoutPeriod"),
        CommonFields.positiveDuration(fields, "weightExpirationPeriod"),
        CommonFields.positiveDuration(fields, "weightUpdatePeriod"),
        penalty == null ? 1 : penalty,
        metrics);
  }

  private static @Nullable HashKey key(Fields fields) {
    List<HashKey> keys = new ArrayList<>();
    String header = fields.string("httpHeaderName");
    if (header != null) {
      if (!Names.isHeader(header)) {
        fields.error("httpHeaderName", "\"" + header + "\" is not a header name");
      }
      keys.add(new HeaderKey(header.toLowerCase(Locale.ROOT)));
    }
    CookieKey cookie = fields.object("httpCookie", LoadBalancers::cookie);
    if (cookie != null) {
      keys.add(cookie);
    }
    if (Boolean.TRUE.equals(fields.bool("useSourceIp"))) {
      keys.add(new SourceIpKey());
    }
    String parameter = fields.string("httpQueryParameterName");
    if (parameter != null) {
      keys.add(new QueryParameterKey(parameter));
    }
    if (keys.size() > 1) {
      fields.error(
          "",
          "must have only one of httpHeaderName, httpCookie, useSourceIp and"
              + " httpQueryParameterName");
    } else if (keys.isEmpty()) {
      fields.warning("", "names nothing to hash, so that endpoints are chosen at random");
    }
    return keys.isEmpty() ? null : keys.get(0);
  }

  private static CookieKey cookie(Fields fields) {
    String path = fields.string("path");
    Map<String, String> attributes = new LinkedHashMap<>();
    List<String> unused =
        fields.objects(
            "attributes",
            attribute -> {
              String name = attribute.requiredString("name");
              String value = attribute.string("value");
              attributes.put(name, value == null ? "" : value);
              return name;
            });
    if (unused.isEmpty() && fields.has("attributes")) {
      fields.warning("attributes", "is empty");
    }
    return new CookieKey(
        fields.requiredString("name"),
        path == null ? "" : path,
        fields.duration("ttl"),
        attributes);
  }

  private static HashAlgorithm algorithm(Fields fields) {
    Integer obsolete = fields.integer("minimumRingSize", 0, LARGEST_RING);
    Integer ring = fields.object("ringHash", f -> size(f, "minimumRingSize", LARGEST_RING));
    Integer table = fields.object("maglev", f -> size(f, "tableSize", LARGEST_TABLE));
    if (ring != null && table != null) {
      fields.error("maglev", "only one of ringHash and maglev can be given");
    }
    if (table != null) {
      if (table != 0 && !BigInteger.valueOf(table).isProbablePrime(40)) {
        fields.error("maglev.tableSize", "must be a prime, is " + table);
      }
      return table == 0 ? Maglev.DEFAULT : new Maglev(table);
    }
    int minimum = ring != null ? ring : obsolete != null ? obsolete : 0;
    return minimum == 0 ? RingHash.DEFAULT : new RingHash(minimum);
  }

  /** 0: not given. */
  private static Integer size(Fields fields, String name, int largest) {
    Integer size = fields.integer(name, 0, largest);
    return size == null ? 0 : size;
  }

  private static @Nullable Warmup warmup(Fields fields) {
    Duration obsolete = CommonFields.positiveDuration(fields, "warmupDurationSecs");
    Warmup warmup =
        fields.object(
            "warmup",
            f -> {
              if (!f.has("duration")) {
                f.error("duration", "is required");
              }
              Duration duration = CommonFields.positiveDuration(f, "duration");
              Double minimum = f.number("minimumPercent", 0, 100);
              Double aggression = f.number("aggression", 1, Double.MAX_VALUE);
              return new Warmup(
                  duration == null ? Duration.ofMillis(1) : duration,
                  minimum == null ? DEFAULT_MINIMUM_PERCENT : minimum,
                  aggression == null ? 1 : aggression);
            });
    return warmup != null || obsolete == null
        ? warmup
        : new Warmup(obsolete, DEFAULT_MINIMUM_PERCENT, 1);
  }
}
