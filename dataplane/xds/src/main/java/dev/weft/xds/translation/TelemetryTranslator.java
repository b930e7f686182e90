package dev.weft.xds.translation;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.weft.engine.expression.Expression;
import dev.weft.engine.format.FormatString;
import dev.weft.engine.model.AccessLogPolicy;
import dev.weft.engine.model.MetricPolicy;
import dev.weft.engine.model.TelemetryPolicy;
import dev.weft.engine.model.TracingPolicy;
import dev.weft.xds.proto.AccessLog;
import dev.weft.xds.proto.CustomTag;
import dev.weft.xds.proto.Filter;
import dev.weft.xds.proto.FilterChain;
import dev.weft.xds.proto.HttpConnectionManager;
import dev.weft.xds.proto.HttpFilter;
import dev.weft.xds.proto.Listener;
import dev.weft.xds.proto.MetricConfig;
import dev.weft.xds.proto.PluginConfig;
import dev.weft.xds.proto.RequestIDExtension;
import dev.weft.xds.proto.UuidRequestIdConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What an HttpConnectionManager wants told of requests. What isn't understood is left out and
 * noted: telemetry fails open.
 */
final class TelemetryTranslator {

  private static final String STATS = "stats.PluginConfig";

  /** The key of a listener's metadata: what {@link TracingPolicy} has and Envoy's messages lack. */
  private static final String TRACING = "dev.weft.tracing";

  private static final String UUID = "envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig";
  private static final Value NULL = Value.getDefaultInstance();
  private static final Pattern LABEL = Pattern.compile("[a-zA-Z_][a-zA-Z0-9_]*");

  private final Findings findings;

  private TelemetryTranslator(Findings findings) {
    this.findings = findings;
  }

  /** Of a server's listener: all its filter chains say the same. */
  static TelemetryPolicy translate(Listener listener, Findings findings) {
    for (FilterChain chain : listener.getFilterChainsList()) {
      for (Filter filter : chain.getFiltersList()) {
        if (Values.typeName(filter.getTypedConfig())
            .equals(ListenerTranslator.CONNECTION_MANAGER)) {
          try {
            return translate(
                Values.unpack(
                    filter.getTypedConfig(), HttpConnectionManager.parser(), "", findings),
                "filter_chains[" + chain.getName() + "]",
                more(listener),
                findings);
          } catch (ResourceRefused e) {
            // Whoever translates the rest of the listener says so.
            return TelemetryPolicy.NONE;
          }
        }
      }
    }
    return TelemetryPolicy.NONE;
  }

  /**
   * @param more of the listener
   */
  static TelemetryPolicy translate(
      HttpConnectionManager manager, String at, Struct more, Findings findings) {
    return new TelemetryTranslator(findings).policy(manager, at, more);
  }

  /** What a listener says of tracing in its metadata, for want of a field of Envoy's. */
  static Struct more(Listener listener) {
    return listener.getMetadata().getFilterMetadataOrDefault(TRACING, Struct.getDefaultInstance());
  }

  private TelemetryPolicy policy(HttpConnectionManager manager, String at, Struct more) {
    List<AccessLogPolicy> logs = new ArrayList<>();
    for (AccessLog log : manager.getAccessLogList()) {
      AccessLogPolicy policy =
          AccessLogTranslator.translate(log, at + ".access_log[" + log.getName() + "]", findings);
      if (policy != null) {
        logs.add(policy);
      }
    }
    List<MetricPolicy> metrics = new ArrayList<>();
    for (HttpFilter filter : manager.getHttpFiltersList()) {
      if (Values.typeName(filter.getTypedConfig()).equals(STATS) && !filter.getDisabled()) {
        metrics(filter, at + ".http_filters[" + filter.getName() + "]", metrics);
      }
    }
    return new TelemetryPolicy(
        logs, manager.hasTracing() ? tracing(manager, at, more) : null, metrics);
  }

  /** Envoy's default: yes. */
  private boolean byRequestId(RequestIDExtension extension, String at) {
    if (!Values.typeName(extension.getTypedConfig()).equals(UUID)) {
      findings.note(at, "is not supported: IDs are UUIDs, as Envoy's are by default");
      return true;
    }
    try {
      UuidRequestIdConfig config =
          Values.unpack(extension.getTypedConfig(), UuidRequestIdConfig.parser(), at, findings);
      if (config.hasPackTraceReason() && !config.getPackTraceReason().getValue()) {
        findings.note(at + ".pack_trace_reason", "has no effect: it is packed");
      }
      return !config.hasUseRequestIdForTraceSampling()
          || config.getUseRequestIdForTraceSampling().getValue();
    } catch (ResourceRefused e) {
      findings.note(at, "can't be decoded");
      return true;
    }
  }

  private TracingPolicy tracing(HttpConnectionManager manager, String at, Struct more) {
    HttpConnectionManager.Tracing tracing = manager.getTracing();
    List<TracingPolicy.Tag> tags = new ArrayList<>();
    for (CustomTag tag : tracing.getCustomTagsList()) {
      switch (tag.getTypeCase()) {
        case LITERAL ->
            tags.add(
                new TracingPolicy.Tag(
                    tag.getTag(), TracingPolicy.Source.LITERAL, tag.getLiteral().getValue(), ""));
        case ENVIRONMENT ->
            tags.add(
                new TracingPolicy.Tag(
                    tag.getTag(),
                    TracingPolicy.Source.ENVIRONMENT,
                    tag.getEnvironment().getName(),
                    tag.getEnvironment().getDefaultValue()));
        case REQUEST_HEADER ->
            tags.add(
                new TracingPolicy.Tag(
                    tag.getTag(),
                    TracingPolicy.Source.REQUEST_HEADER,
                    tag.getRequestHeader().getName().toLowerCase(Locale.ROOT),
                    tag.getRequestHeader().getDefaultValue()));
        case TYPE_NOT_SET ->
            findings.note(at + ".tracing.custom_tags[" + tag.getTag() + "]", "is not supported");
      }
    }
    more.getFieldsOrDefault("formatted_tags", NULL)
        .getStructValue()
        .getFieldsMap()
        .forEach(
            (name, value) ->
                format(name, value.getStringValue(), "metadata." + TRACING + "." + name, tags));
    return new TracingPolicy(
        tracing.hasRandomSampling() ? tracing.getRandomSampling().getValue() : 100,
        tracing.hasOverallSampling() ? tracing.getOverallSampling().getValue() : 100,
        tracing.hasMaxPathTagLength()
            ? tracing.getMaxPathTagLength().getValue()
            : TracingPolicy.DEFAULT_LONGEST_PATH,
        !more.getFieldsOrDefault("no_context_propagation", NULL).getBoolValue(),
        tags,
        !manager.hasRequestIdExtension()
            || byRequestId(manager.getRequestIdExtension(), at + ".request_id_extension"),
        tracing.hasProvider()
            ? SpanCollectors.translate(tracing.getProvider(), at + ".tracing.provider", findings)
            : null);
  }

  private void format(String name, String format, String at, List<TracingPolicy.Tag> tags) {
    try {
      FormatString unused = AccessLogTranslator.parsed(format, at, findings);
      tags.add(new TracingPolicy.Tag(name, TracingPolicy.Source.FORMAT, format, ""));
    } catch (IllegalArgumentException e) {
      findings.note(at, e.getMessage() + ": the tag is left out");
    }
  }

  private void metrics(HttpFilter filter, String at, List<MetricPolicy> metrics) {
    PluginConfig config;
    try {
      config = Values.unpack(filter.getTypedConfig(), PluginConfig.parser(), at, findings);
    } catch (ResourceRefused e) {
      findings.note(at, "can't be decoded");
      return;
    }
    findings.noteUnread(config, at, 1, 2, 3, 4, 5, 6, 7);
    for (MetricConfig metric : config.getMetricsList()) {
      if (!metric.getName().isEmpty() && !MetricPolicy.METRICS.contains(metric.getName())) {
        findings.note(at + "." + metric.getName(), "there is no such metric");
        continue;
      }
      Map<String, Expression> dimensions = new HashMap<>();
      metric
          .getDimensionsMap()
          .forEach(
              (name, value) -> {
                if (!isLabel(name)) {
                  findings.note(at + "." + name, "is not the name of a label");
                  return;
                }
                try {
                  dimensions.put(name, Expression.parse(value));
                } catch (IllegalArgumentException e) {
                  findings.note(at + "." + name, value + ": " + e.getMessage());
                }
              });
      metrics.add(
          new MetricPolicy(
              metric.getName(),
              metric.getDrop(),
              dimensions,
              new HashSet<>(metric.getTagsToRemoveList())));
    }
  }

  /** Prometheus', of which some are its own. */
  private static boolean isLabel(String name) {
    return LABEL.matcher(name).matches() && !name.startsWith("__") && !name.equals("le");
  }
}
