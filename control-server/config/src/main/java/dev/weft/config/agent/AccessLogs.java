package dev.weft.config.agent;

import com.google.protobuf.Any;
import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.weft.config.model.ExtensionProvider;
import dev.weft.config.model.ExtensionProvider.LogFormat;
import dev.weft.config.model.MeshModel;
import dev.weft.config.model.Telemetries;
import io.envoyproxy.envoy.config.accesslog.v3.AccessLog;
import io.envoyproxy.envoy.config.accesslog.v3.AccessLogFilter;
import io.envoyproxy.envoy.config.accesslog.v3.ExtensionFilter;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.GrpcService;
import io.envoyproxy.envoy.config.core.v3.SubstitutionFormatString;
import io.envoyproxy.envoy.extensions.access_loggers.file.v3.FileAccessLog;
import io.envoyproxy.envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter;
import io.envoyproxy.envoy.extensions.access_loggers.grpc.v3.CommonGrpcAccessLogConfig;
import io.envoyproxy.envoy.extensions.access_loggers.grpc.v3.HttpGrpcAccessLogConfig;
import io.envoyproxy.envoy.extensions.access_loggers.open_telemetry.v3.OpenTelemetryAccessLogConfig;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.common.v1.KeyValueList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Access logs in Envoy's form, with Istio's formats where none is given. */
final class AccessLogs {

  /** Istio's EnvoyTextLogFormat (pilot/pkg/model/telemetry_logging.go). */
  private static final String TEXT =
      "[%START_TIME%] \"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%\""
          + " %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%"
          + " %CONNECTION_TERMINATION_DETAILS% \"%UPSTREAM_TRANSPORT_FAILURE_REASON%\""
          + " %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%"
          + " \"%REQ(X-FORWARDED-FOR)%\" \"%REQ(USER-AGENT)%\" \"%REQ(X-REQUEST-ID)%\""
          + " \"%REQ(:AUTHORITY)%\" \"%UPSTREAM_HOST%\" %UPSTREAM_CLUSTER_RAW%"
          + " %UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS%"
          + " %REQUESTED_SERVER_NAME% %ROUTE_NAME%\n";

  /** Istio's EnvoyJSONLogFormatIstio. */
  private static final Struct JSON =
      Protos.struct(
          Map.ofEntries(
              Map.entry("start_time", "%START_TIME%"),
              Map.entry("route_name", "%ROUTE_NAME%"),
              Map.entry("method", "%REQ(:METHOD)%"),
              Map.entry("path", "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%"),
              Map.entry("protocol", "%PROTOCOL%"),
              Map.entry("response_code", "%RESPONSE_CODE%"),
              Map.entry("response_flags", "%RESPONSE_FLAGS%"),
              Map.entry("response_code_details", "%RESPONSE_CODE_DETAILS%"),
              Map.entry("connection_termination_details", "%CONNECTION_TERMINATION_DETAILS%"),
              Map.entry("bytes_received", "%BYTES_RECEIVED%"),
              Map.entry("bytes_sent", "%BYTES_SENT%"),
              Map.entry("duration", "%DURATION%"),
              Map.entry("upstream_service_time", "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%"),
              Map.entry("x_forwarded_for", "%REQ(X-FORWARDED-FOR)%"),
              Map.entry("user_agent", "%REQ(USER-AGENT)%"),
              Map.entry("request_id", "%REQ(X-REQUEST-ID)%"),
              Map.entry("authority", "%REQ(:AUTHORITY)%"),
              Map.entry("upstream_host", "%UPSTREAM_HOST%"),
              Map.entry("upstream_cluster", "%UPSTREAM_CLUSTER_RAW%"),
              Map.entry("upstream_local_address", "%UPSTREAM_LOCAL_ADDRESS%"),
              Map.entry("downstream_local_address", "%DOWNSTREAM_LOCAL_ADDRESS%"),
              Map.entry("downstream_remote_address", "%DOWNSTREAM_REMOTE_ADDRESS%"),
              Map.entry("requested_server_name", "%REQUESTED_SERVER_NAME%"),
              Map.entry(
                  "upstream_transport_failure_reason", "%UPSTREAM_TRANSPORT_FAILURE_REASON%")));

  private final ProviderClusters clusters;

  AccessLogs(MeshModel model) {
    clusters = new ProviderClusters(model);
  }

  /** Empty for a provider that isn't of logs, or whose service isn't there. */
  Optional<AccessLog> accessLog(Telemetries.Log log) {
    return logger(log.provider())
        .map(
            logger -> {
              String filter = log.filter();
              return filter == null ? logger : logger.toBuilder().setFilter(filter(filter)).build();
            });
  }

  private Optional<AccessLog> logger(ExtensionProvider provider) {
    if (provider instanceof ExtensionProvider.FileAccessLog file) {
      return Optional.of(
          AccessLog.newBuilder()
              .setName("envoy.access_loggers.file")
              .setTypedConfig(
                  Any.pack(
                      FileAccessLog.newBuilder()
                          .setPath(file.path())
                          .setLogFormat(format(file.format(), file.omitEmpty()))
                          .build()))
              .build());
    }
    if (provider instanceof ExtensionProvider.OtelAccessLog otel) {
      return clusters
          .find(otel.service(), otel.port())
          .map(
              cluster ->
                  AccessLog.newBuilder()
                      .setName("envoy.access_loggers.open_telemetry")
                      .setTypedConfig(Any.pack(otel(otel, cluster)))
                      .build());
    }
    if (provider instanceof ExtensionProvider.HttpAccessLog http) {
      return clusters
          .find(http.service(), http.port())
          .map(
              cluster ->
                  AccessLog.newBuilder()
                      .setName("envoy.access_loggers.http_grpc")
                      .setTypedConfig(Any.pack(http(http, cluster)))
                      .build());
    }
    return Optional.empty();
  }

  private static HttpGrpcAccessLogConfig http(
      ExtensionProvider.HttpAccessLog log, ClusterName cluster) {
    return HttpGrpcAccessLogConfig.newBuilder()
        .setCommonConfig(common(log.logName(), cluster))
        .addAllAdditionalRequestHeadersToLog(log.requestHeaders())
        .addAllAdditionalResponseHeadersToLog(log.responseHeaders())
        .addAllAdditionalResponseTrailersToLog(log.responseTrailers())
        .build();
  }

  private static CommonGrpcAccessLogConfig common(String logName, ClusterName cluster) {
    return CommonGrpcAccessLogConfig.newBuilder()
        .setLogName(logName)
        .setTransportApiVersion(ApiVersion.V3)
        .setGrpcService(
            GrpcService.newBuilder()
                .setEnvoyGrpc(
                    GrpcService.EnvoyGrpc.newBuilder()
                        .setClusterName(cluster.toString())
                        .setAuthority(ProviderClusters.authority(cluster))))
        .build();
  }

  private static AccessLogFilter filter(String expression) {
    return AccessLogFilter.newBuilder()
        .setExtensionFilter(
            ExtensionFilter.newBuilder()
                .setName("envoy.access_loggers.extension_filters.cel")
                .setTypedConfig(
                    Any.pack(ExpressionFilter.newBuilder().setExpression(expression).build())))
        .build();
  }

  private static OpenTelemetryAccessLogConfig otel(
      ExtensionProvider.OtelAccessLog log, ClusterName cluster) {
    String body = log.body();
    OpenTelemetryAccessLogConfig.Builder config =
        OpenTelemetryAccessLogConfig.newBuilder()
            .setCommonConfig(common(log.logName(), cluster))
            .setBody(AnyValue.newBuilder().setStringValue(body == null ? TEXT : body));
    if (!log.attributes().isEmpty()) {
      config.setAttributes(pairs(log.attributes()));
    }
    return config.build();
  }

  private static KeyValueList pairs(Map<?, ?> fields) {
    KeyValueList.Builder list = KeyValueList.newBuilder();
    Map<String, Object> sorted = new TreeMap<>();
    fields.forEach((name, value) -> sorted.put("" + name, value));
    sorted.forEach(
        (name, value) -> list.addValues(KeyValue.newBuilder().setKey(name).setValue(any(value))));
    return list.build();
  }

  private static AnyValue any(Object value) {
    AnyValue.Builder any = AnyValue.newBuilder();
    if (value instanceof Map<?, ?> fields) {
      return any.setKvlistValue(pairs(fields)).build();
    } else if (value instanceof List<?> items) {
      ArrayValue.Builder list = ArrayValue.newBuilder();
      items.forEach(item -> list.addValues(any(item)));
      return any.setArrayValue(list).build();
    } else if (value instanceof Double number) {
      return any.setDoubleValue(number).build();
    } else if (value instanceof Boolean bool) {
      return any.setBoolValue(bool).build();
    }
    return any.setStringValue(value.toString()).build();
  }

  private static SubstitutionFormatString format(@Nullable LogFormat format, boolean omitEmpty) {
    SubstitutionFormatString.Builder substitution =
        SubstitutionFormatString.newBuilder().setOmitEmptyValues(omitEmpty);
    if (format instanceof LogFormat.Json json) {
      return substitution
          .setJsonFormat(json.fields().isEmpty() ? JSON : struct(json.fields()))
          .build();
    }
    String text = format instanceof LogFormat.Text given ? given.format() : TEXT;
    // As Istio does: every entry is a line.
    return substitution
        .setTextFormatSource(
            DataSource.newBuilder().setInlineString(text.endsWith("\n") ? text : text + "\n"))
        .build();
  }

  private static Struct struct(Map<?, ?> fields) {
    Struct.Builder struct = Struct.newBuilder();
    Map<String, Object> sorted = new TreeMap<>();
    fields.forEach((name, value) -> sorted.put("" + name, value));
    sorted.forEach((name, value) -> struct.putFields(name, value(value)));
    return struct.build();
  }

  private static Value value(Object value) {
    if (value instanceof Map<?, ?> fields) {
      return Value.newBuilder().setStructValue(struct(fields)).build();
    } else if (value instanceof List<?> items) {
      ListValue.Builder list = ListValue.newBuilder();
      items.forEach(item -> list.addValues(value(item)));
      return Value.newBuilder().setListValue(list).build();
    } else if (value instanceof Double number) {
      return Value.newBuilder().setNumberValue(number).build();
    } else if (value instanceof Boolean bool) {
      return Value.newBuilder().setBoolValue(bool).build();
    }
    return Protos.value(value.toString());
  }
}
