package dev.weft.config.istio;

import dev.weft.config.model.ExtensionProvider;
import dev.weft.config.model.ExtensionProvider.OpenTelemetryTracing;
import dev.weft.config.model.ExtensionProvider.ZipkinTracing;
import dev.weft.config.source.Fields;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Reads {@code opentelemetry} and {@code zipkin}: services that spans go to. */
final class SpanProviders {

  /** Istio's default of {@code http.timeout}. */
  private static final Duration OTLP_TIMEOUT = Duration.ofSeconds(3);

  /** As pilot's zipkinConfig has it. */
  private static final Duration ZIPKIN_TIMEOUT = Duration.ofSeconds(5);

  private static final String ZIPKIN_PATH = "/api/v2/spans";

  private enum TraceContextOption {
    USE_B3,
    USE_B3_WITH_W3C_PROPAGATION
  }

  private SpanProviders() {}

  static ExtensionProvider openTelemetry(String name, Fields provider) {
    if (provider.has("dynatraceSampler")) {
      provider.warning(
          "dynatraceSampler",
          "has no effect: the agent doesn't ask Dynatrace how much to record; it is as much as"
              + " randomSamplingPercentage says, which is best 100 where a collector samples");
    }
    provider.skip("dynatraceSampler");
    provider.object("resourceDetectors", SpanProviders::detectors);
    Transport http = provider.object("http", SpanProviders::http);
    Transport grpc = provider.object("grpc", SpanProviders::grpc);
    if (http != null && grpc != null) {
      provider.error("", "must have only one of http and grpc");
    }
    Transport by = http != null ? http : grpc != null ? grpc : Transport.GRPC;
    return new OpenTelemetryTracing(
        name,
        ExtensionProviders.service(provider),
        ExtensionProviders.port(provider),
        by.path,
        by.timeout,
        by.headers,
        longestTag(provider));
  }

  private record Transport(
      @Nullable String path, @Nullable Duration timeout, Map<String, String> headers) {

    static final Transport GRPC = new Transport(null, null, Map.of());
  }

  private static Transport http(Fields http) {
    Duration timeout = CommonFields.positiveDuration(http, "timeout");
    return new Transport(
        absolute(http.requiredString("path")),
        timeout == null ? OTLP_TIMEOUT : timeout,
        headers(http, "headers", System::getenv));
  }

  private static Transport grpc(Fields grpc) {
    return new Transport(
        null,
        CommonFields.positiveDuration(grpc, "timeout"),
        headers(grpc, "initialMetadata", System::getenv));
  }

  /** The environment's attributes are told of in any case. */
  private static boolean detectors(Fields detectors) {
    detectors.skip("environment");
    if (detectors.has("dynatrace")) {
      detectors.warning(
          "dynatrace",
          "has no effect: the agent doesn't read the files of Dynatrace's OneAgent; what they say"
              + " can stand in OTEL_RESOURCE_ATTRIBUTES");
    }
    detectors.skip("dynatrace");
    return true;
  }

  static ExtensionProvider zipkin(String name, Fields provider) {
    String path = provider.string("path");
    Duration timeout = CommonFields.positiveDuration(provider, "timeout");
    TraceContextOption context = provider.oneOf("traceContextOption", TraceContextOption.class);
    return new ZipkinTracing(
        name,
        ExtensionProviders.service(provider),
        ExtensionProviders.port(provider),
        path == null || path.isEmpty() ? ZIPKIN_PATH : absolute(path),
        timeout == null ? ZIPKIN_TIMEOUT : timeout,
        headers(provider, "headers", System::getenv),
        Boolean.TRUE.equals(provider.bool("enable64bitTraceId")),
        context == TraceContextOption.USE_B3_WITH_W3C_PROPAGATION,
        longestTag(provider));
  }

  private static @Nullable Integer longestTag(Fields provider) {
    return provider.integer("maxTagLength", 1, Integer.MAX_VALUE);
  }

  private static String absolute(String path) {
    return path.startsWith("/") ? path : "/" + path;
  }

  /**
   * A list of HttpHeader.
   *
   * @param environment the control server's, as Istio has it
   */
  static Map<String, String> headers(
      Fields fields, String field, UnaryOperator<@Nullable String> environment) {
    Map<String, String> headers = new LinkedHashMap<>();
    fields.objects(
        field,
        header -> {
          String name = header.requiredString("name");
          String value = header.string("value");
          String variable = header.string("envName");
          if (!name.isEmpty() && !Names.isHeader(name)) {
            header.error("name", "\"" + name + "\" is not a header name");
          }
          if (header.has("value") == header.has("envName")) {
            header.error("", "must have one of value and envName");
          }
          if (variable != null) {
            value = environment.apply(variable);
            if (value == null) {
              header.warning(
                  "envName",
                  "the control server has no environment variable "
                      + variable
                      + ": the header is left out");
            }
          }
          if (value != null) {
            headers.put(name, value);
          }
          return name;
        });
    return headers;
  }
}
