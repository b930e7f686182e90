package dev.weft.config.istio;

import dev.weft.config.model.Metadata;
import dev.weft.config.model.Telemetries;
import dev.weft.config.model.Telemetry;
import dev.weft.config.model.Telemetry.AccessLogging;
import dev.weft.config.model.Telemetry.MetricOverride;
import dev.weft.config.model.Telemetry.Metrics;
import dev.weft.config.model.Telemetry.Mode;
import dev.weft.config.model.Telemetry.Tracing;
import dev.weft.config.source.Fields;
import dev.weft.engine.expression.Expression;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads a Telemetry. */
final class TelemetryReader {

  private static final Pattern LABEL = Pattern.compile("[a-zA-Z_][a-zA-Z0-9_]*");
  private static final String ALL_METRICS = "ALL_METRICS";

  private enum Operation {
    UPSERT,
    REMOVE
  }

  private TelemetryReader() {}

  static @Nullable Telemetry read(Metadata metadata, Fields spec) {
    Telemetry telemetry =
        new Telemetry(
            metadata,
            CommonFields.selector(spec),
            spec.objects("tracing", TelemetryReader::tracing),
            spec.objects("metrics", TelemetryReader::metrics),
            spec.objects("accessLogging", TelemetryReader::logging));
    boolean targeted = spec.has("targetRef") || spec.has("targetRefs");
    spec.skip("targetRef", "targetRefs");
    if (targeted) {
      // Without its target it would hold for the whole namespace.
      spec.warning(
          "", "targetRefs concern gateways and waypoints, which are not served; not in force");
      return null;
    }
    return telemetry;
  }

  private static List<String> providers(Fields fields) {
    return fields.objects("providers", provider -> provider.requiredString("name"));
  }

  private static Mode mode(Fields match) {
    Mode mode = match.oneOf("mode", Mode.class);
    return mode == null ? Mode.CLIENT_AND_SERVER : mode;
  }

  private static Mode matchedMode(Fields fields) {
    Mode mode = fields.object("match", TelemetryReader::mode);
    return mode == null ? Mode.CLIENT_AND_SERVER : mode;
  }

  private static AccessLogging logging(Fields fields) {
    String filter = fields.object("filter", f -> expression(f, "expression"));
    return new AccessLogging(
        providers(fields), matchedMode(fields), fields.bool("disabled"), filter);
  }

  /** Text in CEL; null if there is none. */
  private static @Nullable String expression(Fields fields, String name) {
    String text = fields.requiredString(name);
    if (text.isEmpty()) {
      return null;
    }
    try {
      Expression unused = Expression.parse(text);
    } catch (IllegalArgumentException e) {
      fields.error(name, "\"" + text + "\": " + e.getMessage());
    }
    return text;
  }

  private static Tracing tracing(Fields fields) {
    Mode mode = matchedMode(fields);
    return new Tracing(
        providers(fields),
        mode,
        fields.number("randomSamplingPercentage", 0, 100),
        fields.bool("disableSpanReporting"),
        fields.bool("disableContextPropagation"),
        fields.bool("enableIstioTags"),
        fields.has("customTags") ? CustomTags.read(fields, "customTags") : null,
        fields.bool("useRequestIdForTraceSampling"));
  }

  private static Metrics metrics(Fields fields) {
    if (fields.has("reportingInterval")) {
      fields.warning(
          "reportingInterval",
          "has no effect: it is how often a proxy tells of TCP connections that last; the agent carries"
              + " HTTP, whose requests are counted as they end");
    }
    fields.skip("reportingInterval");
    return new Metrics(providers(fields), fields.objects("overrides", TelemetryReader::override));
  }

  private static MetricOverride override(Fields fields) {
    record Match(String metric, Mode mode) {}
    Match match = fields.object("match", selector -> new Match(metric(selector), mode(selector)));
    Map<String, String> tags = new TreeMap<>();
    fields
        .objectMap("tagOverrides", TelemetryReader::tag)
        .forEach(
            (name, value) -> {
              if (!LABEL.matcher(name).matches() || name.startsWith("__") || name.equals("le")) {
                fields.error("tagOverrides." + name, "is not the name of a label");
              }
              tags.put(name, value);
            });
    return new MetricOverride(
        match == null ? MetricOverride.ALL : match.metric,
        match == null ? Mode.CLIENT_AND_SERVER : match.mode,
        fields.bool("disabled"),
        tags);
  }

  private static String metric(Fields selector) {
    String metric = selector.string("metric");
    String custom = selector.string("customMetric");
    if (custom != null) {
      selector.warning(
          "customMetric",
          "has no effect: the agent has Istio's own metrics alone, for there is no Wasm to define"
              + " others; tagOverrides add labels to those, and an application has metrics of its own");
    } else if (metric != null && metric.startsWith("TCP_")) {
      selector.warning(
          "metric",
          "has no effect: "
              + metric
              + " counts connections that a proxy carries without knowing what is in them; the agent"
              + " carries HTTP alone");
    } else if (metric != null && metric.startsWith("GRPC_")) {
      selector.warning(
          "metric",
          "has no effect: "
              + metric
              + " counts messages in bodies, which the agent doesn't look into; gRPC's calls are in"
              + " REQUEST_COUNT, with grpc_response_status");
    }
    if (metric != null && custom != null) {
      selector.error("", "must have only one of metric and customMetric");
    } else if (custom != null) {
      return custom;
    } else if (metric != null && !metric.equals(ALL_METRICS)) {
      if (!Telemetries.ISTIO_METRICS.contains(metric)) {
        selector.error("metric", metric + " is not a metric of Istio's");
      }
      return metric;
    }
    return MetricOverride.ALL;
  }

  /** The expression of the label's value; empty if the label is removed. */
  private static String tag(Fields fields) {
    Operation operation = fields.oneOf("operation", Operation.class);
    if (operation == Operation.REMOVE) {
      if (fields.has("value")) {
        fields.error("value", "must not be given with operation REMOVE");
      }
      fields.skip("value");
      return "";
    }
    String value = expression(fields, "value");
    return value == null ? "" : value;
  }
}
