package dev.weft.config.model;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Istio's Telemetry: what is told of requests.
 *
 * @param selector no labels: every workload of the namespace, or of the mesh
 */
public record Telemetry(
    Metadata metadata,
    WorkloadSelector selector,
    List<Tracing> tracing,
    List<Metrics> metrics,
    List<AccessLogging> logs)
    implements Resource {

  public Telemetry {
    tracing = List.copyOf(tracing);
    metrics = List.copyOf(metrics);
    logs = List.copyOf(logs);
  }

  /** Whose requests: calls that a workload makes, requests that it gets. */
  public enum Mode {
    CLIENT_AND_SERVER,
    CLIENT,
    SERVER;

    /** Whether it holds for requests in one direction. */
    public boolean includes(Mode direction) {
      return this == CLIENT_AND_SERVER || this == direction;
    }
  }

  /**
   * @param filter in CEL; null: every request
   */
  public record AccessLogging(
      List<String> providers, Mode mode, @Nullable Boolean disabled, @Nullable String filter) {

    public AccessLogging {
      providers = List.copyOf(providers);
    }
  }

  /**
   * Null parts: as the wider scope says.
   *
   * @param sampling in per cent
   * @param byRequestId whether {@code x-request-id} has a say in it
   */
  public record Tracing(
      List<String> providers,
      Mode mode,
      @Nullable Double sampling,
      @Nullable Boolean spansDisabled,
      @Nullable Boolean propagationDisabled,
      @Nullable Boolean istioTags,
      @Nullable Map<String, CustomTag> customTags,
      @Nullable Boolean byRequestId) {

    public Tracing {
      providers = List.copyOf(providers);
    }
  }

  /** Changes to the standard metrics. */
  public record Metrics(List<String> providers, List<MetricOverride> overrides) {

    public Metrics {
      providers = List.copyOf(providers);
      overrides = List.copyOf(overrides);
    }
  }

  /**
   * @param metric Istio's enum name, such as {@code REQUEST_COUNT}, or a metric's own; empty: all
   * @param tags by label: an expression, or empty to remove the label
   */
  public record MetricOverride(
      String metric, Mode mode, @Nullable Boolean disabled, Map<String, String> tags) {

    /** Stands for all metrics. */
    public static final String ALL = "";

    public MetricOverride {
      tags = Map.copyOf(new TreeMap<>(tags));
    }
  }
}
