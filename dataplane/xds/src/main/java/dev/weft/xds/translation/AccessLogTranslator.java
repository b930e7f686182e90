package dev.weft.xds.translation;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.weft.engine.expression.Expression;
import dev.weft.engine.format.FormatString;
import dev.weft.engine.format.Operators;
import dev.weft.engine.model.AccessLogPolicy;
import dev.weft.xds.proto.AccessLog;
import dev.weft.xds.proto.AnyValue;
import dev.weft.xds.proto.CommonGrpcAccessLogConfig;
import dev.weft.xds.proto.ExpressionFilter;
import dev.weft.xds.proto.FileAccessLog;
import dev.weft.xds.proto.GrpcService;
import dev.weft.xds.proto.GrpcService.EnvoyGrpc;
import dev.weft.xds.proto.HttpGrpcAccessLogConfig;
import dev.weft.xds.proto.KeyValue;
import dev.weft.xds.proto.KeyValueList;
import dev.weft.xds.proto.OpenTelemetryAccessLogConfig;
import dev.weft.xds.proto.SubstitutionFormatString;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Envoy's config.accesslog.v3.AccessLog: files, OpenTelemetry's logs, the Access Log Service. */
final class AccessLogTranslator {

  private static final String FILE = "envoy.extensions.access_loggers.file.v3.FileAccessLog";
  private static final String OTLP =
      "envoy.extensions.access_loggers.open_telemetry.v3.OpenTelemetryAccessLogConfig";
  private static final String ALS =
      "envoy.extensions.access_loggers.grpc.v3.HttpGrpcAccessLogConfig";
  private static final String CEL =
      "envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter";

  private final Findings findings;

  private AccessLogTranslator(Findings findings) {
    this.findings = findings;
  }

  /** Null, with a note, if it isn't understood. */
  static @Nullable AccessLogPolicy translate(AccessLog log, String at, Findings findings) {
    return new AccessLogTranslator(findings).policy(log, at);
  }

  private @Nullable AccessLogPolicy policy(AccessLog log, String at) {
    String type = Values.typeName(log.getTypedConfig());
    if (!type.equals(FILE) && !type.equals(OTLP) && !type.equals(ALS)) {
      findings.note(at, type + " is not supported: the log is not written");
      return null;
    }
    try {
      Expression filter = log.hasFilter() ? filter(log, at + ".filter") : null;
      if (type.equals(OTLP)) {
        return new AccessLogPolicy(otlp(log, at), filter);
      } else if (type.equals(ALS)) {
        return new AccessLogPolicy(als(log, at), filter);
      }
      FileAccessLog file =
          Values.unpack(log.getTypedConfig(), FileAccessLog.parser(), at, findings);
      return new AccessLogPolicy(file.getPath(), format(file, at), filter);
    } catch (ResourceRefused | IllegalArgumentException e) {
      findings.note(at, e.getMessage() + ": the log is not written");
      return null;
    }
  }

  private AccessLogPolicy.Otlp otlp(AccessLog log, String at) throws ResourceRefused {
    OpenTelemetryAccessLogConfig config =
        Values.unpack(log.getTypedConfig(), OpenTelemetryAccessLogConfig.parser(), at, findings);
    EnvoyGrpc service = service(config.getCommonConfig(), at);
    Map<String, Object> attributes = new LinkedHashMap<>();
    fields(config.getAttributes(), at, attributes);
    return new AccessLogPolicy.Otlp(
        service.getClusterName(),
        authority(service),
        config.getCommonConfig().getLogName(),
        config.hasBody() ? parsed(config.getBody().getStringValue(), at) : null,
        attributes);
  }

  private AccessLogPolicy.Als als(AccessLog log, String at) throws ResourceRefused {
    HttpGrpcAccessLogConfig config =
        Values.unpack(log.getTypedConfig(), HttpGrpcAccessLogConfig.parser(), at, findings);
    findings.noteUnread(config.getCommonConfig(), at + ".common_config", 6);
    EnvoyGrpc service = service(config.getCommonConfig(), at);
    return new AccessLogPolicy.Als(
        service.getClusterName(),
        authority(service),
        config.getCommonConfig().getLogName(),
        lowerCase(config.getAdditionalRequestHeadersToLogList()),
        lowerCase(config.getAdditionalResponseHeadersToLogList()),
        lowerCase(config.getAdditionalResponseTrailersToLogList()));
  }

  private static List<String> lowerCase(List<String> names) {
    return names.stream().map(name -> name.toLowerCase(Locale.ROOT)).toList();
  }

  private EnvoyGrpc service(CommonGrpcAccessLogConfig common, String at) {
    GrpcService service = common.getGrpcService();
    if (!service.hasEnvoyGrpc()) {
      throw new IllegalArgumentException("only envoy_grpc is supported");
    }
    if (service.getInitialMetadataCount() > 0) {
      findings.note(at + ".common_config.grpc_service.initial_metadata", "has no effect");
    }
    return service.getEnvoyGrpc();
  }

  private static String authority(EnvoyGrpc service) {
    return service.getAuthority().isEmpty() ? service.getClusterName() : service.getAuthority();
  }

  private void fields(KeyValueList list, String at, Map<String, Object> fields) {
    for (KeyValue entry : list.getValuesList()) {
      Object value = field(entry.getValue(), at);
      if (value != null) {
        fields.put(entry.getKey(), value);
      }
    }
  }

  private @Nullable Object field(AnyValue value, String at) {
    return switch (value.getValueCase()) {
      case STRING_VALUE -> parsed(value.getStringValue(), at);
      case BOOL_VALUE -> value.getBoolValue();
      case INT_VALUE -> (double) value.getIntValue();
      case DOUBLE_VALUE -> value.getDoubleValue();
      case KVLIST_VALUE -> {
        Map<String, Object> nested = new LinkedHashMap<>();
        fields(value.getKvlistValue(), at, nested);
        yield nested;
      }
      case ARRAY_VALUE -> {
        List<Object> items = new ArrayList<>();
        for (AnyValue item : value.getArrayValue().getValuesList()) {
          Object field = field(item, at);
          if (field != null) {
            items.add(field);
          }
        }
        yield List.copyOf(items);
      }
      case VALUE_NOT_SET -> null;
    };
  }

  private Expression filter(AccessLog log, String at) throws ResourceRefused {
    var config = log.getFilter().getExtensionFilter().getTypedConfig();
    if (!Values.typeName(config).equals(CEL)) {
      throw new IllegalArgumentException("the filter is not supported");
    }
    return Expression.parse(
        Values.unpack(config, ExpressionFilter.parser(), at, findings).getExpression());
  }

  private AccessLogPolicy.Format format(FileAccessLog file, String at) throws ResourceRefused {
    return switch (file.getAccessLogFormatCase()) {
      case FORMAT -> text(file.getFormat(), false, at);
      case JSON_FORMAT -> json(file.getJsonFormat(), false, at);
      case TYPED_JSON_FORMAT -> json(file.getTypedJsonFormat(), false, at);
      case LOG_FORMAT -> format(file.getLogFormat(), at);
      case ACCESSLOGFORMAT_NOT_SET -> throw new IllegalArgumentException("there is no format");
    };
  }

  private AccessLogPolicy.Format format(SubstitutionFormatString format, String at)
      throws ResourceRefused {
    return switch (format.getFormatCase()) {
      case TEXT_FORMAT -> text(format.getTextFormat(), format.getOmitEmptyValues(), at);
      case JSON_FORMAT -> json(format.getJsonFormat(), format.getOmitEmptyValues(), at);
      case TEXT_FORMAT_SOURCE ->
          text(
              Values.text(format.getTextFormatSource(), at, findings),
              format.getOmitEmptyValues(),
              at);
      case FORMAT_NOT_SET -> throw new IllegalArgumentException("there is no format");
    };
  }

  private AccessLogPolicy.Text text(String format, boolean omitEmpty, String at) {
    return new AccessLogPolicy.Text(parsed(format, at), omitEmpty);
  }

  private FormatString parsed(String format, String at) {
    return parsed(format, at, findings);
  }

  /** A text with command operators, of which those are noted that never have a value here. */
  static FormatString parsed(String format, String at, Findings findings) {
    FormatString parsed = FormatString.parse(format);
    for (FormatString.Part part : parsed.parts()) {
      if (part instanceof FormatString.Command command
          && !Operators.isHonoured(command.operator())) {
        findings.note(at, "%" + command.operator() + "% has no value here");
      }
    }
    return parsed;
  }

  private AccessLogPolicy.Json json(Struct struct, boolean omitEmpty, String at) {
    return new AccessLogPolicy.Json(fields(struct, at), omitEmpty);
  }

  private Map<String, Object> fields(Struct struct, String at) {
    Map<String, Object> fields = new LinkedHashMap<>();
    struct
        .getFieldsMap()
        .forEach(
            (name, value) -> {
              Object field = field(value, at);
              if (field != null) {
                fields.put(name, field);
              }
            });
    return fields;
  }

  private @Nullable Object field(Value value, String at) {
    return switch (value.getKindCase()) {
      case STRING_VALUE -> parsed(value.getStringValue(), at);
      case NUMBER_VALUE -> value.getNumberValue();
      case BOOL_VALUE -> value.getBoolValue();
      case STRUCT_VALUE -> fields(value.getStructValue(), at);
      case LIST_VALUE -> {
        List<Object> items = new ArrayList<>();
        for (Value item : value.getListValue().getValuesList()) {
          Object field = field(item, at);
          if (field != null) {
            items.add(field);
          }
        }
        yield List.copyOf(items);
      }
      case NULL_VALUE, KIND_NOT_SET -> null;
    };
  }
}
