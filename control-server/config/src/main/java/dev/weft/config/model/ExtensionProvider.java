package dev.weft.config.model;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One of MeshConfig's {@code extensionProviders}: what other resources refer to by name. */
public sealed interface ExtensionProvider {

  /** Unique in the mesh. */
  String name();

  /** What is told of requests goes to a service of the mesh's. */
  sealed interface Collector extends ExtensionProvider {

    /** {@code [namespace/]host}. */
    String service();

    int port();
  }

  /** Spans do. */
  sealed interface Tracer extends Collector {

    @Nullable Integer longestTag();
  }

  /**
   * {@code envoyFileAccessLog}.
   *
   * @param path of a file; {@code /dev/stdout} and {@code /dev/stderr} are the streams
   * @param format null: Istio's text
   * @param omitEmpty whether what has no value is left out, instead of {@code -} or null
   */
  record FileAccessLog(String name, String path, @Nullable LogFormat format, boolean omitEmpty)
      implements ExtensionProvider {

    public FileAccessLog(String name, String path, @Nullable LogFormat format) {
      this(name, path, format, false);
    }
  }

  /**
   * {@code envoyOtelAls}: the access log as OTLP logs over gRPC.
   *
   * @param logName Istio's {@code otel_envoy_accesslog} if not given
   * @param body null: Istio's text
   * @param attributes by name; their values as in {@link LogFormat.Json}
   */
  record OtelAccessLog(
      String name,
      String service,
      int port,
      String logName,
      @Nullable String body,
      Map<String, Object> attributes)
      implements Collector {

    public OtelAccessLog {
      attributes = Collections.unmodifiableMap(new LinkedHashMap<>(attributes));
    }
  }

  /**
   * {@code envoyHttpAls}: the access log as Envoy's Access Log Service takes it, over gRPC.
   *
   * @param logName Istio's {@code http_envoy_accesslog} if not given
   * @param requestHeaders that are told as well
   */
  record HttpAccessLog(
      String name,
      String service,
      int port,
      String logName,
      List<String> requestHeaders,
      List<String> responseHeaders,
      List<String> responseTrailers)
      implements Collector {

    public HttpAccessLog {
      requestHeaders = List.copyOf(requestHeaders);
      responseHeaders = List.copyOf(responseHeaders);
      responseTrailers = List.copyOf(responseTrailers);
    }
  }

  /**
   * {@code opentelemetry}: spans over OTLP.
   *
   * @param httpPath over HTTP, at this path; null: over gRPC
   * @param timeout null: the workload's own
   * @param headers of HTTP, or gRPC's metadata
   * @param longestTag of a span's path, characters; null: Envoy's default
   */
  record OpenTelemetryTracing(
      String name,
      String service,
      int port,
      @Nullable String httpPath,
      @Nullable Duration timeout,
      Map<String, String> headers,
      @Nullable Integer longestTag)
      implements Tracer {

    public OpenTelemetryTracing {
      headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
    }
  }

  /**
   * {@code zipkin}: spans as Zipkin's JSON, version 2.
   *
   * @param shortTraceIds whether traces have IDs of 64 bits, not 128
   * @param w3c whether contexts go on as W3C has them, besides B3
   * @param longestTag of a span's path, characters; null: Envoy's default
   */
  record ZipkinTracing(
      String name,
      String service,
      int port,
      String path,
      Duration timeout,
      Map<String, String> headers,
      boolean shortTraceIds,
      boolean w3c,
      @Nullable Integer longestTag)
      implements Tracer {

    public ZipkinTracing {
      headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
    }
  }

  /**
   * {@code envoyExtAuthzGrpc}, or {@code envoyExtAuthzHttp}: who decides about what CUSTOM policies
   * match.
   *
   * @param service {@code [namespace/]host}
   * @param http null: by gRPC
   * @param failOpen whether requests pass when nobody answers
   * @param statusOnError what they are refused with otherwise; null: 403
   * @param body how the request's is shown; null: not at all
   */
  record ExternalAuthorizer(
      String name,
      String service,
      int port,
      Duration timeout,
      boolean failOpen,
      @Nullable Integer statusOnError,
      @Nullable AuthorizationByHttp http,
      @Nullable RequestBodyInCheck body)
      implements ExtensionProvider {}

  /**
   * {@code includeRequestBodyInCheck}.
   *
   * @param allowPartial whether of a body that is longer than {@code maxBytes} that much is shown;
   *     otherwise it is refused
   * @param asBytes by gRPC: whether as bytes, not as text
   */
  record RequestBodyInCheck(int maxBytes, boolean allowPartial, boolean asBytes) {}

  /**
   * Names of headers may have {@code *} in front or at the end.
   *
   * @param requestHeaders that are sent along
   * @param addedHeaders sent as well
   * @param toUpstreamOnAllow of the answer, to the application
   */
  record AuthorizationByHttp(
      String pathPrefix,
      List<String> requestHeaders,
      Map<String, String> addedHeaders,
      List<String> toUpstreamOnAllow,
      List<String> toDownstreamOnAllow,
      List<String> toDownstreamOnDeny) {

    public AuthorizationByHttp {
      requestHeaders = List.copyOf(requestHeaders);
      addedHeaders = Collections.unmodifiableMap(new TreeMap<>(addedHeaders));
      toUpstreamOnAllow = List.copyOf(toUpstreamOnAllow);
      toDownstreamOnAllow = List.copyOf(toDownstreamOnAllow);
      toDownstreamOnDeny = List.copyOf(toDownstreamOnDeny);
    }
  }

  /** {@code prometheus}: the metrics that every workload offers. */
  record Prometheus(String name) implements ExtensionProvider {}

  /**
   * A kind that exists in Istio and that the mesh does nothing with.
   *
   * @param kind its field's name, such as {@code zipkin}
   */
  record Unhonoured(String name, String kind) implements ExtensionProvider {}

  /** How an entry of an access log is written: in Envoy's command operators. */
  sealed interface LogFormat {

    /** A line. */
    record Text(String format) implements LogFormat {}

    /**
     * An object.
     *
     * @param fields text (with operators), numbers, booleans, lists and maps of these; empty:
     *     Istio's
     */
    record Json(Map<String, Object> fields) implements LogFormat {

      public Json {
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
      }
    }
  }
}
