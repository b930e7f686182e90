package dev.weft.config.model;

import dev.weft.config.model.ExtensionProvider.FileAccessLog;
import dev.weft.config.model.Telemetry.AccessLogging;
import dev.weft.config.model.Telemetry.MetricOverride;
import dev.weft.config.model.Telemetry.Metrics;
import dev.weft.config.model.Telemetry.Mode;
import dev.weft.config.model.Telemetry.Tracing;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What holds of Telemetry for one workload: that of the root namespace, of its own namespace, and
 * the one that selects it, the later before the earlier, merged as Istio's
 * pilot/pkg/model/telemetry.go does. Of several in one place the first by name holds.
 */
public final class Telemetries {

  /** Istio's PILOT_TRACE_SAMPLING, where tracing is asked for and nobody says how much. */
  private static final double DEFAULT_SAMPLING = 1;

  private final MeshConfig config;
  private final List<Telemetry> applicable;

  private Telemetries(MeshConfig config, List<Telemetry> applicable) {
    this.config = config;
    this.applicable = applicable;
  }

  /**
   * @param all in the order of names
   */
  static Telemetries of(
      List<Telemetry> all, MeshSettings settings, String namespace, Map<String, String> labels) {
    Stream<Optional<Telemetry>> found =
        Stream.of(
            namespaceWide(all, settings.rootNamespace()),
            namespace.equals(settings.rootNamespace())
                ? Optional.empty()
                : namespaceWide(all, namespace),
            all.stream()
                .filter(telemetry -> telemetry.metadata().namespace().equals(namespace))
                .filter(telemetry -> !telemetry.selector().isEmpty())
                .filter(telemetry -> telemetry.selector().selects(labels))
                .findFirst());
    return new Telemetries(settings.config(), found.flatMap(Optional::stream).toList());
  }

  private static Optional<Telemetry> namespaceWide(List<Telemetry> all, String namespace) {
    return all.stream()
        .filter(telemetry -> telemetry.metadata().namespace().equals(namespace))
        .filter(telemetry -> telemetry.selector().isEmpty())
        .findFirst();
  }

  /**
   * A log to be written.
   *
   * @param filter in CEL; null: every request
   */
  public record Log(ExtensionProvider provider, @Nullable String filter) {}

  /** The logs of one direction, by the providers' names. */
  public List<Log> logs(Mode direction) {
    List<List<AccessLogging>> levels =
        applicable.stream().map(Telemetry::logs).filter(logs -> !logs.isEmpty()).toList();
    List<String> defaults = config.defaults().accessLogging();
    if (levels.isEmpty() && defaults.isEmpty()) {
      FileAccessLog file = config.accessLog();
      return file == null ? List.of() : List.of(new Log(file, null));
    }
    Map<String, @Nullable String> names = new TreeMap<>();
    if (levels.isEmpty()) {
      defaults.forEach(name -> names.put(name, null));
    } else {
      merge(levels, direction, names);
    }
    List<Log> logs = new ArrayList<>();
    names.forEach(
        (name, filter) ->
            config
                .provider(name)
                .ifPresent(provider -> logs.add(new Log(formatted(provider), filter))));
    return List.copyOf(logs);
  }

  /** The built-in provider is written as MeshConfig's own log is. */
  private ExtensionProvider formatted(ExtensionProvider provider) {
    FileAccessLog own = config.accessLog();
    return provider instanceof FileAccessLog log
            && log.name().equals("envoy")
            && log.format() == null
            && own != null
        ? new FileAccessLog(log.name(), log.path(), own.format(), log.omitEmpty())
        : provider;
  }

  private void merge(
      List<List<AccessLogging>> levels, Mode direction, Map<String, @Nullable String> names) {
    List<String> defaults = config.defaults().accessLogging();
    Set<String> inScope = new LinkedHashSet<>(defaults);
    Map<String, @Nullable String> filters = new HashMap<>();
    for (List<AccessLogging> level : levels) {
      Set<String> here = new LinkedHashSet<>();
      for (AccessLogging logging : level) {
        here.addAll(logging.providers());
        logging.providers().forEach(name -> filters.put(name, logging.filter()));
      }
      inScope = here.isEmpty() ? inScope : here;
    }
    List<String> parent = defaults;
    for (List<AccessLogging> level : levels) {
      for (AccessLogging logging : level) {
        parent = logging.providers().isEmpty() ? parent : logging.providers();
        for (String name : parent) {
          if (!inScope.contains(name) || !logging.mode().includes(direction)) {
            continue;
          }
          if (Boolean.TRUE.equals(logging.disabled())) {
            names.remove(name);
          } else {
            names.put(name, filters.get(name));
          }
        }
      }
    }
  }

  /**
   * What holds for spans of one direction.
   *
   * @param provider where they go; null: nowhere
   * @param sampling of traces that begin here, in per cent
   * @param propagates whether calls carry the context
   * @param istioTags whether spans say what Istio says of their workload
   * @param byRequestId whether {@code x-request-id} has a say in which are recorded
   */
  public record Spans(
      @Nullable ExtensionProvider provider,
      double sampling,
      boolean disabled,
      boolean propagates,
      boolean istioTags,
      Map<String, CustomTag> customTags,
      boolean byRequestId) {}

  /** Empty if nobody says anything of tracing: the workload's own settings hold. */
  public Optional<Spans> spans(Mode direction) {
    List<Tracing> entries =
        applicable.stream().flatMap(telemetry -> telemetry.tracing().stream()).toList();
    MeshConfig.Tracing mesh = config.tracing();
    List<String> defaults = config.defaults().tracing();
    if (entries.isEmpty() && defaults.isEmpty()) {
      return mesh.equals(MeshConfig.Tracing.DEFAULT)
          ? Optional.empty()
          : Optional.of(
              new Spans(
                  null,
                  sampling(mesh.sampling()),
                  !mesh.enabled(),
                  true,
                  mesh.istioTags(),
                  mesh.customTags(),
                  true));
    }
    ExtensionProvider provider =
        defaults.isEmpty() ? null : config.provider(defaults.get(0)).orElse(null);
    Double sampling = mesh.sampling();
    boolean disabled = false;
    boolean propagates = true;
    boolean istioTags = mesh.istioTags();
    Map<String, CustomTag> tags = mesh.customTags();
    boolean byRequestId = true;
    for (Tracing entry : entries) {
      if (!entry.mode().includes(direction)) {
        continue;
      }
      if (!entry.providers().isEmpty()) {
        provider = config.provider(entry.providers().get(0)).orElse(null);
      }
      disabled = entry.spansDisabled() == null ? disabled : entry.spansDisabled();
      propagates = entry.propagationDisabled() == null ? propagates : !entry.propagationDisabled();
      istioTags = entry.istioTags() == null ? istioTags : entry.istioTags();
      tags = entry.customTags() == null ? tags : entry.customTags();
      sampling = entry.sampling() == null ? sampling : entry.sampling();
      byRequestId = entry.byRequestId() == null ? byRequestId : entry.byRequestId();
    }
    return Optional.of(
        new Spans(
            provider, sampling(sampling), disabled, propagates, istioTags, tags, byRequestId));
  }

  private static double sampling(@Nullable Double percent) {
    return percent == null ? DEFAULT_SAMPLING : percent;
  }

  /**
   * How one metric differs from the standard.
   *
   * @param metric Istio's enum name, or a metric's own
   * @param tags by label: an expression, or empty to remove the label
   */
  public record Metric(String metric, boolean disabled, Map<String, String> tags) {}

  /** The changes to metrics in one direction, by metric. */
  public List<Metric> metrics(Mode direction) {
    List<Metrics> all =
        applicable.stream().flatMap(telemetry -> telemetry.metrics().stream()).toList();
    Map<String, Metric> merged = new TreeMap<>();
    for (Metrics metrics : all) {
      if (!metrics.providers().isEmpty()
          && metrics.providers().stream()
              .noneMatch(
                  name ->
                      config.provider(name).orElse(null) instanceof ExtensionProvider.Prometheus)) {
        continue;
      }
      for (MetricOverride override : metrics.overrides()) {
        if (!override.mode().includes(direction)) {
          continue;
        }
        List<String> names =
            override.metric().equals(MetricOverride.ALL)
                ? ISTIO_METRICS
                : List.of(override.metric());
        for (String name : names) {
          merged.put(name, over(merged.get(name), name, override));
        }
      }
    }
    return List.copyOf(merged.values());
  }

  /** Istio's {@code MetricSelector.IstioMetric}, but for ALL_METRICS. */
  public static final List<String> ISTIO_METRICS =
      List.of(
          "REQUEST_COUNT",
          "REQUEST_DURATION",
          "REQUEST_SIZE",
          "RESPONSE_SIZE",
          "TCP_OPENED_CONNECTIONS",
          "TCP_CLOSED_CONNECTIONS",
          "TCP_SENT_BYTES",
          "TCP_RECEIVED_BYTES",
          "GRPC_REQUEST_MESSAGES",
          "GRPC_RESPONSE_MESSAGES");

  private static Metric over(@Nullable Metric earlier, String name, MetricOverride override) {
    Map<String, String> tags = new TreeMap<>(earlier == null ? Map.of() : earlier.tags());
    tags.putAll(override.tags());
    boolean disabled =
        override.disabled() == null ? earlier != null && earlier.disabled() : override.disabled();
    return new Metric(name, disabled, tags);
  }
}
