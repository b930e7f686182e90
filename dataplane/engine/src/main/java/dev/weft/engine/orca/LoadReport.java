package dev.weft.engine.orca;

import dev.weft.engine.HeaderSource;
import dev.weft.engine.model.LoadBalancing.ClientSideWeighted;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An OrcaLoadReport.
 *
 * @param metrics by the names that Envoy has for them: {@code cpu_utilization}, {@code
 *     rps_fractional}, {@code named_metrics.NAME}, …; what isn't there is 0
 */
public record LoadReport(Map<String, Double> metrics) {

  private static final String HEADER = "endpoint-load-metrics";

  /** gRPC's. */
  private static final String BINARY_HEADER = "endpoint-load-metrics-bin";

  static final String RPS = "rps_fractional";
  static final String EPS = "eps";
  static final String APPLICATION_UTILIZATION = "application_utilization";
  static final String CPU_UTILIZATION = "cpu_utilization";
  static final String MEM_UTILIZATION = "mem_utilization";
  static final String NAMED_METRICS = "named_metrics";
  static final String UTILIZATION = "utilization";
  static final String REQUEST_COST = "request_cost";

  /** Envoy keeps it in 32 bits. */
  private static final double MOST = (1L << 32) - 1;

  /**
   * That of a response, in its head or in its trailers.
   *
   * @return null if there is none that can be read
   */
  public static @Nullable LoadReport in(HeaderSource headers) {
    String binary = headers.header(BINARY_HEADER);
    String value = binary == null ? headers.header(HEADER) : binary;
    if (value == null) {
      return null;
    }
    try {
      return new LoadReport(binary == null ? read(value) : BinaryReport.read(value));
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** Envoy's three forms, told apart by their first word. */
  private static Map<String, Double> read(String value) {
    if (value.startsWith("TEXT ")) {
      return text(value.substring("TEXT ".length()));
    } else if (value.startsWith("JSON ")) {
      return JsonReport.read(value.substring("JSON ".length()));
    } else if (value.startsWith("BIN ")) {
      return BinaryReport.read(value.substring("BIN ".length()));
    }
    throw new IllegalArgumentException("a report of an unknown form");
  }

  /** {@code name=value}, or {@code name:value}, separated by commas. */
  private static Map<String, Double> text(String text) {
    Map<String, Double> metrics = new HashMap<>();
    for (String entry : text.split(",")) {
      String metric = entry.strip();
      int end = 0;
      while (end < metric.length() && metric.charAt(end) != ':' && metric.charAt(end) != '=') {
        end++;
      }
      if (end == metric.length()) {
        throw new IllegalArgumentException("a metric without a value");
      }
      String name = metric.substring(0, end).strip();
      if (!isKnown(name) || metrics.put(name, number(metric.substring(end + 1).strip())) != null) {
        throw new IllegalArgumentException("a metric that is unknown, or is there twice");
      }
    }
    return metrics;
  }

  private static boolean isKnown(String name) {
    return switch (name) {
      case RPS, EPS, APPLICATION_UTILIZATION, CPU_UTILIZATION, MEM_UTILIZATION -> true;
      default -> isOf(NAMED_METRICS, name) || isOf(UTILIZATION, name);
    };
  }

  private static boolean isOf(String map, String name) {
    return name.startsWith(map + ".") && name.length() > map.length() + 1;
  }

  /**
   * @throws IllegalArgumentException if it is none, or not finite
   */
  static double number(String text) {
    boolean plain = !text.isEmpty() && "0123456789.".indexOf(text.charAt(text.length() - 1)) >= 0;
    double number = plain ? Double.parseDouble(text) : Double.NaN;
    if (!Double.isFinite(number)) {
      throw new IllegalArgumentException("a metric that is no number");
    }
    return number;
  }

  /**
   * Envoy's and gRFC A58's {@code rps / (utilization + eps / rps * penalty)}, in whole numbers as
   * Envoy has it.
   *
   * @return at least 1; 0: the report doesn't say
   */
  public double weight(ClientSideWeighted policy) {
    double rps = metric(RPS);
    if (!(rps > 0)) {
      return 0;
    }
    double utilization = utilization(policy) + policy.errorUtilizationPenalty() * metric(EPS) / rps;
    return utilization > 0 ? Math.max(1, Math.floor(Math.min(rps / utilization, MOST))) : 0;
  }

  /** The greatest of those that are named; else the application's own, else the CPU's. */
  private double utilization(ClientSideWeighted policy) {
    double greatest = 0;
    for (String name : policy.metrics()) {
      if (name.endsWith(".*")) {
        String prefix = name.substring(0, name.length() - 1);
        for (Map.Entry<String, Double> metric : metrics.entrySet()) {
          if (metric.getKey().startsWith(prefix)) {
            greatest = Math.max(greatest, metric.getValue());
          }
        }
      } else {
        greatest = Math.max(greatest, metric(name));
      }
    }
    if (greatest > 0) {
      return greatest;
    }
    double ofApplication = metric(APPLICATION_UTILIZATION);
    return ofApplication > 0 ? ofApplication : metric(CPU_UTILIZATION);
  }

  private double metric(String name) {
    return metrics.getOrDefault(name, 0.0);
  }
}
