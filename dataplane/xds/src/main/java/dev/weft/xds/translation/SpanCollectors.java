package dev.weft.xds.translation;

import dev.weft.engine.Header;
import dev.weft.engine.model.SpanCollector;
import dev.weft.xds.proto.GrpcService;
import dev.weft.xds.proto.HeaderValue;
import dev.weft.xds.proto.HeaderValueOption;
import dev.weft.xds.proto.HttpServiceProto.HttpService;
import dev.weft.xds.proto.HttpUri;
import dev.weft.xds.proto.OpenTelemetryConfig;
import dev.weft.xds.proto.Tracing;
import dev.weft.xds.proto.TypedExtensionConfig;
import dev.weft.xds.proto.ZipkinConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Envoy's config.trace.v3.Tracing.Http: OpenTelemetry and Zipkin. */
final class SpanCollectors {

  private static final String OPEN_TELEMETRY = "envoy.config.trace.v3.OpenTelemetryConfig";
  private static final String ZIPKIN = "envoy.config.trace.v3.ZipkinConfig";
  private static final String ENVIRONMENT =
      "envoy.extensions.tracers.opentelemetry.resource_detectors.v3.EnvironmentResourceDetectorConfig";

  private final String at;
  private final Findings findings;

  private SpanCollectors(String at, Findings findings) {
    this.at = at;
    this.findings = findings;
  }

  /** Null, with a note, if it isn't understood: the workload's own settings hold. */
  static @Nullable SpanCollector translate(Tracing.Http provider, String at, Findings findings) {
    SpanCollectors collectors = new SpanCollectors(at, findings);
    String type = Values.typeName(provider.getTypedConfig());
    try {
      return switch (type) {
        case OPEN_TELEMETRY ->
            collectors.openTelemetry(
                Values.unpack(
                    provider.getTypedConfig(), OpenTelemetryConfig.parser(), at, findings));
        case ZIPKIN ->
            collectors.zipkin(
                Values.unpack(provider.getTypedConfig(), ZipkinConfig.parser(), at, findings));
        default -> throw new IllegalArgumentException(type + " is not supported");
      };
    } catch (ResourceRefused | IllegalArgumentException e) {
      findings.note(at, e.getMessage() + ": spans go to the workload's own OTLP endpoint, if any");
      return null;
    }
  }

  private SpanCollector openTelemetry(OpenTelemetryConfig config) {
    findings.noteUnread(config, at, 2 /* service_name: the workload's own */);
    for (TypedExtensionConfig detector : config.getResourceDetectorsList()) {
      // What is in OTEL_RESOURCE_ATTRIBUTES is told of in any case.
      if (!Values.typeName(detector.getTypedConfig()).equals(ENVIRONMENT)) {
        findings.note(
            at + ".resource_detectors[" + detector.getName() + "]",
            "has no effect: the resource's attributes are those of OTEL_RESOURCE_ATTRIBUTES");
      }
    }
    if (config.hasHttpService()) {
      return new SpanCollector.OtlpHttp(post(config.getHttpService(), "http_service"));
    }
    GrpcService service = config.getGrpcService();
    if (!service.hasEnvoyGrpc()) {
      throw new IllegalArgumentException("only envoy_grpc is supported");
    }
    findings.noteUnread(service, at + ".grpc_service");
    String cluster = service.getEnvoyGrpc().getClusterName();
    String authority = service.getEnvoyGrpc().getAuthority();
    List<Header> metadata = new ArrayList<>();
    for (HeaderValue header : service.getInitialMetadataList()) {
      metadata.add(header(header));
    }
    return new SpanCollector.OtlpGrpc(
        cluster,
        authority.isEmpty() ? cluster : authority,
        metadata,
        service.hasTimeout() ? Values.duration(service.getTimeout()) : null);
  }

  private SpanCollector zipkin(ZipkinConfig config) {
    // Each end of a call has a span of its own here, in any case.
    findings.noteUnread(config, at, 4 /* shared_span_context */, 7 /* split_spans_for_request */);
    if (config.getCollectorEndpointVersion() != ZipkinConfig.CollectorEndpointVersion.HTTP_JSON) {
      findings.note(at + ".collector_endpoint_version", "has no effect: HTTP_JSON is sent");
    }
    String cluster = config.getCollectorCluster();
    String hostname = config.getCollectorHostname();
    return new SpanCollector.Zipkin(
        config.hasCollectorService()
            ? post(config.getCollectorService(), "collector_service")
            : new SpanCollector.Post(
                cluster,
                hostname.isEmpty() ? cluster : hostname,
                config.getCollectorEndpoint(),
                List.of(),
                null),
        !config.getTraceId128Bit(),
        config.getTraceContextOption()
            == ZipkinConfig.TraceContextOption.USE_B3_WITH_W3C_PROPAGATION);
  }

  private SpanCollector.Post post(HttpService service, String field) {
    HttpUri uri = service.getHttpUri();
    List<Header> headers = new ArrayList<>();
    for (HeaderValueOption option : service.getRequestHeadersToAddList()) {
      headers.add(header(option.getHeader()));
    }
    findings.noteUnread(service, at + "." + field);
    String written = uri.getUri();
    String bare = written.substring(written.indexOf("://") < 0 ? 0 : written.indexOf("://") + 3);
    int slash = bare.indexOf('/');
    String authority = slash < 0 ? bare : bare.substring(0, slash);
    return new SpanCollector.Post(
        uri.getCluster(),
        authority.isEmpty() ? uri.getCluster() : authority,
        slash < 0 ? "/" : bare.substring(slash),
        headers,
        uri.hasTimeout() ? Values.duration(uri.getTimeout()) : null);
  }

  private static Header header(HeaderValue header) {
    return new Header(
        header.getKey().toLowerCase(Locale.ROOT),
        header.getValue().isEmpty() ? header.getRawValue().toStringUtf8() : header.getValue());
  }
}
