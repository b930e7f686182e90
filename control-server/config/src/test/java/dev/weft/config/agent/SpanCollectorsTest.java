package dev.weft.config.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.weft.config.Fixtures;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HttpService;
import io.envoyproxy.envoy.config.trace.v3.OpenTelemetryConfig;
import io.envoyproxy.envoy.config.trace.v3.Tracing.Http;
import io.envoyproxy.envoy.config.trace.v3.ZipkinConfig;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import org.junit.jupiter.api.Test;

/** Where spans go, as pilot/pkg/networking/core/tracing.go tells its proxies. */
class SpanCollectorsTest {

  private static final String CLUSTER = "outbound|4317||c.obs.svc.cluster.local";
  private static final String HOST = "c.obs.svc.cluster.local";

  private static HttpConnectionManager.Tracing tracing(String provider) throws Exception {
    String yaml =
        """
        apiVersion: mesh.istio.io/v1alpha1
        kind: MeshConfig
        metadata: {name: m}
        spec:
          defaultProviders: {tracing: [p]}
          extensionProviders:
          - name: p
            PROVIDER
        ---
        apiVersion: networking.istio.io/v1
        kind: ServiceEntry
        metadata: {name: c, namespace: obs}
        spec:
          hosts: [c.obs.svc.cluster.local]
          resolution: STATIC
          location: MESH_INTERNAL
          ports: [{number: 4317, name: grpc}]
        """
            .replace("PROVIDER", provider);
    return new AgentGenerator(Fixtures.model(yaml))
        .inbound(Fixtures.client("a"), "10.0.0.7", 8080)
        .getFilterChains(0)
        .getFilters(0)
        .getTypedConfig()
        .unpack(HttpConnectionManager.class)
        .getTracing();
  }

  @Test
  void otlpOverGrpc() throws Exception {
    Http provider =
        tracing(
                "opentelemetry: {service: obs/c.obs.svc.cluster.local, port: 4317,"
                    + " grpc: {timeout: 2s, initialMetadata: [{name: k, value: v}]}}")
            .getProvider();
    assertThat(provider.getName()).isEqualTo("envoy.tracers.opentelemetry");
    var service = provider.getTypedConfig().unpack(OpenTelemetryConfig.class).getGrpcService();
    assertThat(service.getEnvoyGrpc().getClusterName()).isEqualTo(CLUSTER);
    assertThat(service.getEnvoyGrpc().getAuthority()).isEqualTo(HOST);
    assertThat(service.getTimeout().getSeconds()).isEqualTo(2);
    assertThat(service.getInitialMetadataList()).containsExactly(header("k", "v"));
  }

  @Test
  void otlpOverHttp() throws Exception {
    HttpService service =
        tracing(
                "opentelemetry: {service: c.obs.svc.cluster.local, port: 4317,"
                    + " http: {path: /v1/traces, headers: [{name: k, value: v}]}}")
            .getProvider()
            .getTypedConfig()
            .unpack(OpenTelemetryConfig.class)
            .getHttpService();
    assertThat(service.getHttpUri().getUri()).isEqualTo("http://" + HOST + "/v1/traces");
    assertThat(service.getHttpUri().getCluster()).isEqualTo(CLUSTER);
    assertThat(service.getHttpUri().getTimeout().getSeconds()).isEqualTo(3);
    assertThat(service.getRequestHeadersToAdd(0).getHeader()).isEqualTo(header("k", "v"));
  }

  /** trace_context_option is 8 and collector_service is 9, beyond what the API jar has. */
  @Test
  void zipkin() throws Exception {
    Http provider =
        tracing(
                "zipkin: {service: c.obs.svc.cluster.local, port: 4317, enable64bitTraceId: true,"
                    + " traceContextOption: USE_B3_WITH_W3C_PROPAGATION}")
            .getProvider();
    assertThat(provider.getName()).isEqualTo("envoy.tracers.zipkin");
    ZipkinConfig config = provider.getTypedConfig().unpack(ZipkinConfig.class);
    assertThat(config.getCollectorCluster()).isEqualTo(CLUSTER);
    assertThat(config.getCollectorEndpoint()).isEqualTo("/api/v2/spans");
    assertThat(config.getCollectorHostname()).isEqualTo(HOST);
    assertThat(config.getTraceId128Bit()).isFalse();
    assertThat(config.getSharedSpanContext().getValue()).isFalse();
    assertThat(config.getUnknownFields().getField(8).getVarintList()).containsExactly(1L);
    ByteString service = config.getUnknownFields().getField(9).getLengthDelimitedList().get(0);
    assertThat(HttpService.parseFrom(service).getHttpUri().getTimeout().getSeconds()).isEqualTo(5);
  }

  /** Whose spans then go where the workload's own settings say. */
  @Test
  void aServiceThatIsNotThereIsNotNamed() throws Exception {
    HttpConnectionManager.Tracing tracing =
        tracing("opentelemetry: {service: nobody.example.com, port: 1, maxTagLength: 5}");
    assertThat(tracing.hasProvider()).isFalse();
    assertThat(tracing.getMaxPathTagLength().getValue()).isEqualTo(5);
  }

  /** ProxyConfig.Tracing.max_path_tag_length, where the provider says nothing. */
  @Test
  void theMeshMaySayHowLongPathsAre() throws Exception {
    String config = "\n  defaultConfig: {tracing: {maxPathTagLength: 7}}";
    assertThat(
            tracing("opentelemetry: {service: s, port: 1}" + config)
                .getMaxPathTagLength()
                .getValue())
        .isEqualTo(7);
    assertThat(
            tracing("opentelemetry: {service: s, port: 1, maxTagLength: 5}" + config)
                .getMaxPathTagLength()
                .getValue())
        .isEqualTo(5);
  }

  private static HeaderValue header(String name, String value) {
    return HeaderValue.newBuilder().setKey(name).setValue(value).build();
  }
}
