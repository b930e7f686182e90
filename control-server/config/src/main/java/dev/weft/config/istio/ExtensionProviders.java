package dev.weft.config.istio;

import dev.weft.config.model.ExtensionProvider;
import dev.weft.config.model.ExtensionProvider.FileAccessLog;
import dev.weft.config.model.ExtensionProvider.HttpAccessLog;
import dev.weft.config.model.ExtensionProvider.LogFormat;
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

  private static final String OTEL_LOG_NAME = "otel_envoy_accesslog";

  private static final String HTTP_LOG_NAME = "http_envoy_accesslog";

  private static final String NOT_SPOKEN =
      "spans don't go there, but to the agent's OTEL_EXPORTER_OTLP_ENDPOINT if it has one: the agent"
          + " speaks OTLP and Zipkin's JSON; ";

  /** What becomes of kinds that the mesh does nothing with, and what to do instead. */
  private static final Map<String, String> UNHONOURED =
      Map.of(
          "envoyTcpAls",
          "nothing is logged there: the agent carries HTTP alone, and the connections are the"
              + " application's; requests are logged by envoyHttpAls",
          "lightstep",
          NOT_SPOKEN
              + "Lightstep takes OTLP: give its service as opentelemetry, and its token in"
              + " grpc.initialMetadata, as lightstep-access-token",
          "datadog",
          NOT_SPOKEN
              + "Datadog's agent takes OTLP (otlp_config.receiver), at port 4317 by gRPC: give it as"
              + " opentelemetry",
          "stackdriver",
          NOT_SPOKEN
              + "an OpenTelemetry collector with the exporter googlecloud takes OTLP: give it as"
              + " opentelemetry, for logs as envoyOtelAls",
          "opencensus",
          NOT_SPOKEN
              + "OpenCensus has become OpenTelemetry: give the collector's OTLP port as opentelemetry",
          "skywalking",
          NOT_SPOKEN
              + "SkyWalking's OAP takes OTLP (receiver-otel, otlp-traces), at port 11800 by gRPC:"
              + " give it as opentelemetry",
          "sds",
          "has no effect: it hands certificates to gateways, which are not served; an agent's come"
              + " from the control server's CA");

  /** Reads what stands under a kind's name. */
  private interface Reader {
    ExtensionProvider read(String name, Fields provider);
  }

  private static final Map<String, Reader> READERS = new LinkedHashMap<>();

  static {
    READERS.put("envoyFileAccessLog", ExtensionProviders::fileAccessLog);
    READERS.put("envoyOtelAls", ExtensionProviders::otelAccessLog);
    READERS.put("envoyHttpAls", ExtensionProviders::httpAccessLog);
    READERS.put("opentelemetry", SpanProviders::openTelemetry);
    READERS.put("zipkin", SpanProviders::zipkin);
    READERS.put("envoyExtAuthzHttp", ExternalAuthorizers::http);
    READERS.put("envoyExtAuthzGrpc", ExternalAuthorizers::grpc);
    READERS.put("prometheus", (name, provider) -> new Prometheus(name));
    UNHONOURED
        .keySet()
        .forEach(kind -> READERS.put(kind, (name, provider) -> unhonoured(name, kind, provider)));
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
        String why = UNHONOURED.get(kind.getKey());
        if (why != null) {
          fields.warning(kind.getKey(), why);
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

  private static ExtensionProvider httpAccessLog(String name, Fields provider) {
    String logName = provider.string("logName");
    if (provider.has("filterStateObjectsToLog")) {
      provider.warning(
          "filterStateObjectsToLog",
          "has no effect: what filters of a proxy's leave behind, an agent doesn't have; who the"
              + " other side is stands in tls_properties, and in metrics");
    }
    provider.skip("filterStateObjectsToLog");
    return new HttpAccessLog(
        name,
        service(provider),
        port(provider),
        logName == null || logName.isEmpty() ? HTTP_LOG_NAME : logName,
        headers(provider, "additionalRequestHeadersToLog"),
        headers(provider, "additionalResponseHeadersToLog"),
        headers(provider, "additionalResponseTrailersToLog"));
  }

  private static List<String> headers(Fields provider, String field) {
    List<String> headers = provider.strings(field);
    for (String header : headers) {
      if (!Names.isHeader(header)) {
        provider.error(field, "\"" + header + "\" is not a header name");
      }
    }
    return headers;
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
