package dev.weft.config.agent;

import com.google.protobuf.Any;
import com.google.protobuf.BoolValue;
import com.google.protobuf.Message;
import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.UnknownFieldSet.Field;
import dev.weft.config.model.ExtensionProvider.OpenTelemetryTracing;
import dev.weft.config.model.ExtensionProvider.Tracer;
import dev.weft.config.model.ExtensionProvider.ZipkinTracing;
import dev.weft.config.model.MeshModel;
import io.envoyproxy.envoy.config.core.v3.GrpcService;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption.HeaderAppendAction;
import io.envoyproxy.envoy.config.core.v3.HttpService;
import io.envoyproxy.envoy.config.core.v3.HttpUri;
import io.envoyproxy.envoy.config.trace.v3.OpenTelemetryConfig;
import io.envoyproxy.envoy.config.trace.v3.Tracing.Http;
import io.envoyproxy.envoy.config.trace.v3.ZipkinConfig;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** Where spans go, in Envoy's form, as pilot/pkg/networking/core/tracing.go has it. */
final class SpanCollectors {

  /** Fields of ZipkinConfig that the published API doesn't have yet. */
  private static final int TRACE_CONTEXT_OPTION = 8;

  private static final int COLLECTOR_SERVICE = 9;
  private static final long USE_B3_WITH_W3C_PROPAGATION = 1;

  private final ProviderClusters clusters;

  SpanCollectors(MeshModel model) {
    clusters = new ProviderClusters(model);
  }

  /** Empty if the service isn't there. */
  Optional<Http> of(Tracer tracer) {
    return clusters.find(tracer.service(), tracer.port()).map(cluster -> provider(tracer, cluster));
  }

  private static Http provider(Tracer tracer, ClusterName cluster) {
    if (tracer instanceof ZipkinTracing zipkin) {
      return http("envoy.tracers.zipkin", zipkin(zipkin, cluster));
    }
    return http(
        "envoy.tracers.opentelemetry", openTelemetry((OpenTelemetryTracing) tracer, cluster));
  }

  private static Http http(String name, Message config) {
    return Http.newBuilder().setName(name).setTypedConfig(Any.pack(config)).build();
  }

  private static OpenTelemetryConfig openTelemetry(
      OpenTelemetryTracing tracing, ClusterName cluster) {
    OpenTelemetryConfig.Builder config = OpenTelemetryConfig.newBuilder();
    String path = tracing.httpPath();
    Duration timeout = tracing.timeout();
    if (path != null && timeout != null) {
      return config.setHttpService(service(cluster, path, timeout, tracing.headers())).build();
    }
    GrpcService.Builder service = config.getGrpcServiceBuilder();
    service.getEnvoyGrpcBuilder().setClusterName(cluster.toString()).setAuthority(cluster.host());
    tracing.headers().forEach((name, value) -> service.addInitialMetadata(header(name, value)));
    if (timeout != null) {
      service.setTimeout(Protos.duration(timeout));
    }
    return config.build();
  }

  private static ZipkinConfig zipkin(ZipkinTracing tracing, ClusterName cluster) {
    UnknownFieldSet.Builder newer = UnknownFieldSet.newBuilder();
    if (tracing.w3c()) {
      newer.addField(
          TRACE_CONTEXT_OPTION, Field.newBuilder().addVarint(USE_B3_WITH_W3C_PROPAGATION).build());
    }
    HttpService service = service(cluster, tracing.path(), tracing.timeout(), tracing.headers());
    newer.addField(
        COLLECTOR_SERVICE, Field.newBuilder().addLengthDelimited(service.toByteString()).build());
    return ZipkinConfig.newBuilder()
        // For who doesn't know of the service yet.
        .setCollectorCluster(cluster.toString())
        .setCollectorEndpoint(tracing.path())
        .setCollectorHostname(cluster.host())
        .setCollectorEndpointVersion(ZipkinConfig.CollectorEndpointVersion.HTTP_JSON)
        .setTraceId128Bit(!tracing.shortTraceIds())
        .setSharedSpanContext(BoolValue.of(false))
        .setUnknownFields(newer.build())
        .build();
  }

  private static HttpService service(
      ClusterName cluster, String path, Duration timeout, Map<String, String> headers) {
    HttpService.Builder service =
        HttpService.newBuilder()
            .setHttpUri(
                HttpUri.newBuilder()
                    .setUri("http://" + cluster.host() + path)
                    .setCluster(cluster.toString())
                    .setTimeout(Protos.duration(timeout)));
    headers.forEach(
        (name, value) ->
            service.addRequestHeadersToAdd(
                HeaderValueOption.newBuilder()
                    .setHeader(header(name, value))
                    .setAppendAction(HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD)));
    return service.build();
  }

  private static HeaderValue header(String name, String value) {
    return HeaderValue.newBuilder().setKey(name).setValue(value).build();
  }
}
