package dev.weft.config.agent;

import com.google.protobuf.Any;
import com.google.protobuf.BoolValue;
import com.google.protobuf.Struct;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.Value;
import dev.weft.config.model.ClientWorkload;
import dev.weft.config.model.CustomTag;
import dev.weft.config.model.ExtensionProvider.Tracer;
import dev.weft.config.model.MeshModel;
import dev.weft.config.model.Telemetries;
import dev.weft.config.model.Telemetry.Mode;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.Tracing;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.RequestIDExtension;
import io.envoyproxy.envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig;
import io.envoyproxy.envoy.type.v3.Percent;
import java.util.Map;
import java.util.TreeMap;

/** What is told of requests: access logs, tracing and changes to metrics, in Envoy's form. */
final class Reporting {

  /** The key of what only an agent reads. */
  private static final String TRACING = "dev.weft.tracing";

  private static final RequestIDExtension NOT_BY_REQUEST_ID =
      RequestIDExtension.newBuilder()
          .setTypedConfig(
              Any.pack(
                  UuidRequestIdConfig.newBuilder()
                      .setUseRequestIdForTraceSampling(BoolValue.of(false))
                      .build()))
          .build();

  private final MeshModel model;
  private final AccessLogs logs;
  private final SpanCollectors collectors;

  Reporting(MeshModel model) {
    this.model = model;
    logs = new AccessLogs(model);
    collectors = new SpanCollectors(model);
  }

  /** Before the router: Istio's statistics filter, if a metric is to be changed. */
  void into(HttpConnectionManager.Builder manager, ClientWorkload workload, Mode direction) {
    Telemetries telemetry = model.telemetry(workload.namespace(), workload.labels());
    for (Telemetries.Log log : telemetry.logs(direction)) {
      logs.accessLog(log).ifPresent(manager::addAccessLog);
    }
    telemetry
        .spans(direction)
        .ifPresent(
            spans -> {
              manager.setTracing(tracing(spans, workload));
              if (!spans.byRequestId()) {
                manager.setRequestIdExtension(NOT_BY_REQUEST_ID);
              }
            });
    Any metrics = StatsConfig.of(telemetry.metrics(direction));
    if (metrics != null) {
      manager.addHttpFilters(
          HttpFilter.newBuilder().setName("istio.stats").setTypedConfig(metrics));
    }
  }

  /** What an HttpConnectionManager has no field for, as its listener's metadata. */
  void into(Listener.Builder listener, ClientWorkload workload, Mode direction) {
    Struct.Builder more = Struct.newBuilder();
    model
        .telemetry(workload.namespace(), workload.labels())
        .spans(direction)
        .ifPresent(
            spans -> {
              if (!spans.propagates()) {
                more.putFields(
                    "no_context_propagation", Value.newBuilder().setBoolValue(true).build());
              }
              Struct formats = formats(spans.customTags());
              if (formats.getFieldsCount() > 0) {
                more.putFields(
                    "formatted_tags", Value.newBuilder().setStructValue(formats).build());
              }
            });
    if (more.getFieldsCount() > 0) {
      listener.setMetadata(Metadata.newBuilder().putFilterMetadata(TRACING, more.build()));
    }
  }

  private static Struct formats(Map<String, CustomTag> tags) {
    Struct.Builder formats = Struct.newBuilder();
    new TreeMap<>(tags)
        .forEach(
            (name, tag) -> {
              if (tag instanceof CustomTag.Format format) {
                formats.putFields(name, Protos.value(format.format()));
              }
            });
    return formats.build();
  }

  /** As Istio's buildServiceTags; Weft knows of no clusters, whose name would be one more. */
  private Map<String, CustomTag> istioTags(ClientWorkload workload) {
    Map<String, String> labels = workload.labels();
    String service =
        labels.getOrDefault(
            "service.istio.io/canonical-name", labels.getOrDefault("app", workload.service()));
    return Map.of(
        "istio.canonical_service",
        new CustomTag.Literal(service.isEmpty() ? "unknown" : service),
        "istio.canonical_revision",
        new CustomTag.Literal(
            labels.getOrDefault(
                "service.istio.io/canonical-revision", labels.getOrDefault("version", "latest"))),
        "istio.mesh_id",
        new CustomTag.Literal(model.settings().trustDomain()),
        "istio.namespace",
        new CustomTag.Literal(workload.namespace()));
  }

  private Tracing tracing(Telemetries.Spans spans, ClientWorkload workload) {
    Tracing.Builder tracing =
        Tracing.newBuilder()
            .setRandomSampling(percent(spans.sampling()))
            .setOverallSampling(percent(spans.disabled() ? 0 : 100));
    Map<String, CustomTag> tags = new TreeMap<>();
    if (spans.istioTags()) {
      tags.putAll(istioTags(workload));
    }
    tags.putAll(spans.customTags());
    tags.forEach(
        (name, tag) -> {
          if (!(tag instanceof CustomTag.Format)) {
            tracing.addCustomTags(tag(name, tag));
          }
        });
    Integer longest = model.settings().config().tracing().longestTag();
    if (spans.provider() instanceof Tracer provider) {
      longest = provider.longestTag() == null ? longest : provider.longestTag();
      collectors.of(provider).ifPresent(tracing::setProvider);
    }
    if (longest != null) {
      tracing.setMaxPathTagLength(UInt32Value.of(longest));
    }
    return tracing.build();
  }

  private static Percent percent(double value) {
    return Percent.newBuilder().setValue(value).build();
  }

  private static io.envoyproxy.envoy.type.tracing.v3.CustomTag tag(String name, CustomTag tag) {
    io.envoyproxy.envoy.type.tracing.v3.CustomTag.Builder envoy =
        io.envoyproxy.envoy.type.tracing.v3.CustomTag.newBuilder().setTag(name);
    if (tag instanceof CustomTag.Literal literal) {
      envoy.getLiteralBuilder().setValue(literal.value());
    } else if (tag instanceof CustomTag.Environment variable) {
      envoy
          .getEnvironmentBuilder()
          .setName(variable.variable())
          .setDefaultValue(variable.defaultValue());
    } else if (tag instanceof CustomTag.Header header) {
      envoy
          .getRequestHeaderBuilder()
          .setName(header.header())
          .setDefaultValue(header.defaultValue());
    }
    return envoy.build();
  }
}
