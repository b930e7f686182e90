package dev.weft.config.istio;

import dev.weft.config.model.ExtensionProvider;
import dev.weft.config.model.ExtensionProvider.FileAccessLog;
import dev.weft.config.model.ExtensionProvider.LogFormat;
import dev.weft.config.model.ExtensionProvider.OpenTelemetryTracing;
import dev.weft.config.model.ExtensionProvider.OtelAccessLog;
import dev.weft.config.model.ExtensionProvider.Prometheus;
import dev.weft.config.model.ExtensionProvider.Unhonoured;
import dev.weft.config.source.Fields;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads one of MeshConfig's {@code extensionProviders}: a name and one kind of provider. */
final class ExtensionProviders {

  private static final String STDOUT = "/dev/stdout";

  private static final String EXPORTERS =
      "has no effect: how spans are sent is said by the agent's OTEL_EXPORTER_OTLP_… alone";

  private static final String OTEL_LOG_NAME = "otel_envoy_accesslog";

  /** Reads what stands under a kind's name. */
  private interface Reader {
    ExtensionProvider read(String name, Fields provider);
  }

  private static final Map<String, Reader> READERS = new LinkedHashMap<>();

  static {
    READERS.put("envoyFileAccessLog", ExtensionProviders::fileAccessLog);
    READERS.put("envoyOtelAls", ExtensionProviders::otelAccessLog);
    READERS.put("opentelemetry", ExtensionProviders::openTelemetry);
    READERS.put("envoyExtAuthzHttp", ExternalAuthorizers::http);
    READERS.put("envoyExtAuthzGrpc", ExternalAuthorizers::grpc);
    READERS.put("prometheus", (name, provider) -> new Prometheus(name));
    for (String kind :
        List.of(
            "envoyHttpAls",
            "envoyTcpAls",
            "zipkin",
            "lightstep",
            "datadog",
            "stackdriver",
            "opencensus",
            "skywalking",
            "sds")) {
      READERS.put(kind, (name, provider) -> unhonoured(name, kind, provider));
    }
  }

  private ExtensionProviders() {}

  static @Nullable ExtensionProvider read(Fields fields) {
    String name = fields.requiredString("name");
    ExtensionProvider read = null;
    int given = 0;
    for (Map.Entry<String, Reader> kind : READERS.entrySet()) {
      ExtensionProvider provider =
          fields.object(kind.getKey(), provided -> kind.getValue().read(name, provided));
      if (fields.has(kind.getKey())) {
        given++;
        if (provider instanceof Unhonoured) {
          fields.warning(kind.getKey(), "is not supported yet; ignored");
        }
      }
      read = provider == null ? read : provider;
    }
    if (given != 1) {
      fields.error("", "must have exactly one provider, such as envoyFileAccessLog");
    }
    return read;
  }

  private static ExtensionProvider unhonoured(String name, String kind, Fields provider) {
    provider.skipAll();
    return new Unhonoured(name, kind);
  }

  private static ExtensionProvider fileAccessLog(String name, Fields provider) {
    String path = provider.string("path");
    boolean omitEmpty = Boolean.TRUE.equals(provider.bool("omitEmptyValues"));
    LogFormat format =
        provider.object(
            "logFormat",
            fields -> {
              String text = fields.string("text");
              Map<String, Object> labels = fields.struct("labels");
              if (fields.has("text") == fields.has("labels")) {
                fields.error("", "must have one of text and labels");
              }
              LogFormat read =
                  labels != null
                      ? new LogFormat.Json(labels)
                      : text != null ? new LogFormat.Text(text) : null;
              if (read != null) {
                LogFormats.check(fields, labels != null ? "labels" : "text", read);
              }
              return read;
            });
    return new FileAccessLog(
        name, path == null || path.isEmpty() ? STDOUT : path, format, omitEmpty);
  }

  private static ExtensionProvider otelAccessLog(String name, Fields provider) {
    String logName = provider.string("logName");
    record Format(@Nullable String text, @Nullable Map<String, Object> labels) {}
    Format format =
        provider.object(
            "logFormat",
            fields -> {
              Format read = new Format(fields.string("text"), fields.struct("labels"));
              if (read.text != null) {
                LogFormats.check(fields, "text", new LogFormat.Text(read.text));
              }
              if (read.labels != null) {
                LogFormats.check(fields, "labels", new LogFormat.Json(read.labels));
              }
              return read;
            });
    return new OtelAccessLog(
        name,
        service(provider),
        port(provider),
        logName == null || logName.isEmpty() ? OTEL_LOG_NAME : logName,
        format == null ? null : format.text,
        format == null || format.labels == null ? Map.of() : format.labels);
  }

  private static ExtensionProvider openTelemetry(String name, Fields provider) {
    provider.ignored("dynatraceSampler");
    exporters(provider, "grpc");
    Integer longest = provider.integer("maxTagLength", 1, Integer.MAX_VALUE);
    provider.warning(
        "", "says only that there are spans: where to is the agent's OTEL_EXPORTER_OTLP_ENDPOINT");
    provider.skip("resourceDetectors");
    String path =
        provider.object(
            "http",
            http -> {
              exporters(http, "timeout", "headers");
              return http.requiredString("path");
            });
    return new OpenTelemetryTracing(name, service(provider), port(provider), path, longest);
  }

  /** Fields that say how spans are sent. */
  private static void exporters(Fields fields, String... names) {
    for (String name : names) {
      if (fields.has(name)) {
        fields.warning(name, EXPORTERS);
      }
    }
    fields.skip(names);
  }

  /** {@code [namespace/]host}; empty after reporting that it isn't. */
  static String service(Fields provider) {
    String service = provider.requiredString("service");
    String host = service.substring(service.indexOf('/') + 1);
    if (!service.isEmpty() && !Names.isHost(host)) {
      provider.error("service", "\"" + service + "\" is not a host, nor NAMESPACE/HOST");
    }
    return service;
  }

  static int port(Fields provider) {
    Integer port = CommonFields.port(provider, "port");
    if (!provider.has("port")) {
      provider.error("port", "is required");
    }
    return port == null ? 0 : port;
  }
}
