package dev.weft.config.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import dev.weft.config.Fixtures;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.extensions.access_loggers.file.v3.FileAccessLog;
import io.envoyproxy.envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter;
import io.envoyproxy.envoy.extensions.access_loggers.grpc.v3.HttpGrpcAccessLogConfig;
import io.envoyproxy.envoy.extensions.access_loggers.open_telemetry.v3.OpenTelemetryAccessLogConfig;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Telemetry in Envoy's form, as Istio sends it to its proxies. */
class ReportingTest {

  private static final String CONFIGURATION =
      """
      apiVersion: mesh.istio.io/v1alpha1
      kind: MeshConfig
      metadata: {name: m}
      spec:
        extensionProviders:
        - {name: json, envoyFileAccessLog: {path: /a, logFormat: {labels: {}}}}
        - {name: otel, opentelemetry: {service: c.obs.svc.cluster.local, port: 4317}}
      ---
      apiVersion: telemetry.istio.io/v1
      kind: Telemetry
      metadata: {name: t, namespace: shop}
      spec:
        accessLogging:
        - {providers: [{name: envoy}], match: {mode: SERVER}, filter: {expression: response.code > 399}}
        - {providers: [{name: json}], match: {mode: CLIENT}}
        tracing:
        - providers: [{name: otel}]
          randomSamplingPercentage: 25
          customTags: {user: {header: {name: X-User, defaultValue: none}}}
        metrics:
        - overrides: [{match: {metric: REQUEST_COUNT}, tagOverrides: {a: {value: request.host}}}]
      ---
      apiVersion: networking.istio.io/v1
      kind: ServiceEntry
      metadata: {name: a, namespace: shop}
      spec:
        hosts: [a.shop.svc.cluster.local]
        resolution: STATIC
        location: MESH_INTERNAL
        ports: [{number: 80, name: http}]
      ---
      apiVersion: networking.istio.io/v1
      kind: ServiceEntry
      metadata: {name: c, namespace: obs}
      spec:
        hosts: [c.obs.svc.cluster.local]
        resolution: STATIC
        location: MESH_INTERNAL
        ports: [{number: 4317, name: grpc}]
      """;

  private final AgentGenerator generator = new AgentGenerator(Fixtures.model(CONFIGURATION));

  private HttpConnectionManager inbound() throws InvalidProtocolBufferException {
    Listener listener = generator.inbound(Fixtures.client("a"), "10.0.0.7", 8080);
    return listener
        .getFilterChains(0)
        .getFilters(0)
        .getTypedConfig()
        .unpack(HttpConnectionManager.class);
  }

  private HttpConnectionManager outbound() throws InvalidProtocolBufferException {
    return generator
        .listenerChain(Fixtures.client("b"), "a.shop.svc.cluster.local:80")
        .orElseThrow()
        .listener()
        .getApiListener()
        .getApiListener()
        .unpack(HttpConnectionManager.class);
  }

  @Test
  void anInboundLogHasIstiosTextAndItsFilter() throws Exception {
    var log = inbound().getAccessLogList();
    assertThat(log).hasSize(1);
    FileAccessLog file = log.get(0).getTypedConfig().unpack(FileAccessLog.class);
    assertThat(file.getPath()).isEqualTo("/dev/stdout");
    assertThat(file.getLogFormat().getTextFormatSource().getInlineString())
        .startsWith("[%START_TIME%] \"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%")
        .endsWith("%REQUESTED_SERVER_NAME% %ROUTE_NAME%\n");
    Any filter = log.get(0).getFilter().getExtensionFilter().getTypedConfig();
    assertThat(filter.unpack(ExpressionFilter.class).getExpression())
        .isEqualTo("response.code > 399");
  }

  @Test
  void anOutboundLogHasIstiosJson() throws Exception {
    FileAccessLog file = outbound().getAccessLog(0).getTypedConfig().unpack(FileAccessLog.class);
    assertThat(file.getLogFormat().getJsonFormat().getFieldsMap())
        .hasSize(24)
        .containsEntry("upstream_cluster", Protos.value("%UPSTREAM_CLUSTER_RAW%"));
  }

  @Test
  void tracingIsToldOfInBothDirections() throws Exception {
    assertThat(inbound().getTracing().toBuilder().clearCustomTags().build())
        .isEqualTo(outbound().getTracing().toBuilder().clearCustomTags().build());
    assertThat(inbound().getTracing().getRandomSampling().getValue()).isEqualTo(25);
    assertThat(inbound().getTracing().getOverallSampling().getValue()).isEqualTo(100);
    assertThat(inbound().getTracing().getCustomTagsList())
        .filteredOn(tag -> tag.hasRequestHeader())
        .singleElement()
        .satisfies(tag -> assertThat(tag.getRequestHeader().getName()).isEqualTo("x-user"));
    assertThat(inbound().getTracing().getProvider().getName())
        .isEqualTo("envoy.tracers.opentelemetry");
  }

  /** The filter stands before the router, which must be the last. */
  @Test
  void metricsAreChangedByIstiosFilter() throws Exception {
    assertThat(inbound().getHttpFiltersList())
        .extracting(filter -> filter.getName())
        .endsWith("istio.stats", "envoy.filters.http.router");
    assertThat(inbound().getHttpFilters(0).getTypedConfig().getTypeUrl())
        .isEqualTo("type.googleapis.com/stats.PluginConfig");
    assertThat(inbound().getHttpFilters(0).getTypedConfig().getValue().toStringUtf8())
        .contains("requests_total", "request.host");
  }

  /** Tracing.enable_istio_tags, true by default: pilot's buildServiceTags. */
  @Test
  void spansSayWhatIstioSaysOfTheirWorkload() throws Exception {
    assertThat(tags(inbound()))
        .containsEntry("istio.canonical_service", "a")
        .containsEntry("istio.canonical_revision", "latest")
        .containsEntry("istio.namespace", "shop")
        .containsEntry("istio.mesh_id", "cluster.local");
    assertThat(tags(manager(listener("enableIstioTags: false"))))
        .doesNotContainKey("istio.canonical_service");
  }

  /** What Envoy's messages, as they are published, have no field for. */
  @Test
  void theRestOfTracingIsInTheListenersMetadata() throws Exception {
    Listener listener =
        listener(
            "disableContextPropagation: true, customTags: {who: {formatter: {value:"
                + " '%REQ(X-USER)%'}}}");
    Struct more = listener.getMetadata().getFilterMetadataOrDefault("dev.weft.tracing", null);
    assertThat(more.getFieldsOrThrow("no_context_propagation").getBoolValue()).isTrue();
    assertThat(more.getFieldsOrThrow("formatted_tags").getStructValue().getFieldsMap())
        .containsEntry("who", Protos.value("%REQ(X-USER)%"));
    assertThat(tags(manager(listener))).doesNotContainKey("who");
    assertThat(listener("randomSamplingPercentage: 1").getMetadata().getFilterMetadataCount())
        .isZero();
  }

  /** Tracing.use_request_id_for_trace_sampling: true unless it says false, as Envoy's. */
  @Test
  void aRequestsIdMayHaveNoSay() throws Exception {
    HttpConnectionManager manager = manager(listener("useRequestIdForTraceSampling: false"));
    UuidRequestIdConfig config =
        manager.getRequestIdExtension().getTypedConfig().unpack(UuidRequestIdConfig.class);
    assertThat(config.getUseRequestIdForTraceSampling().getValue()).isFalse();
    assertThat(manager(listener("randomSamplingPercentage: 1")).hasRequestIdExtension()).isFalse();
  }

  /** EnvoyFileAccessLogProvider.omit_empty_values, OpenTelemetryTracingProvider.max_tag_length. */
  @Test
  void providersSettingsAreHandedOn() throws Exception {
    HttpConnectionManager manager = manager(listener("randomSamplingPercentage: 1"));
    assertThat(manager.getTracing().getMaxPathTagLength().getValue()).isEqualTo(33);
    FileAccessLog file = manager.getAccessLog(0).getTypedConfig().unpack(FileAccessLog.class);
    assertThat(file.getLogFormat().getOmitEmptyValues()).isTrue();
  }

  /** EnvoyOpenTelemetryLogProvider, as pilot's buildOpenTelemetryLogHelper has it. */
  @Test
  void otlpLogsAreEnvoysOpenTelemetryLogger() throws Exception {
    Listener listener =
        new AgentGenerator(
                Fixtures.model(
                    """
                    apiVersion: mesh.istio.io/v1alpha1
                    kind: MeshConfig
                    metadata: {name: m}
                    spec:
                      extensionProviders:
                      - name: otel
                        envoyOtelAls:
                          service: obs/otel.obs.svc.cluster.local
                          port: 4317
                          logName: mine
                          logFormat: {text: '%PROTOCOL%', labels: {code: '%RESPONSE_CODE%'}}
                      - {name: lost, envoyOtelAls: {service: nowhere.example.com, port: 1}}
                    ---
                    apiVersion: telemetry.istio.io/v1
                    kind: Telemetry
                    metadata: {name: t, namespace: shop}
                    spec:
                      accessLogging: [{providers: [{name: otel}, {name: lost}]}]
                    ---
                    apiVersion: networking.istio.io/v1
                    kind: ServiceEntry
                    metadata: {name: otel, namespace: obs}
                    spec:
                      hosts: [otel.obs.svc.cluster.local]
                      resolution: STATIC
                      location: MESH_INTERNAL
                      ports: [{number: 4317, name: grpc}]
                    """))
            .inbound(Fixtures.client("a"), "10.0.0.7", 8080);
    var logs = manager(listener).getAccessLogList();
    assertThat(logs).as("none to a service that isn't there").hasSize(1);
    OpenTelemetryAccessLogConfig config =
        logs.get(0).getTypedConfig().unpack(OpenTelemetryAccessLogConfig.class);
    assertThat(config.getCommonConfig().getLogName()).isEqualTo("mine");
    assertThat(config.getCommonConfig().getGrpcService().getEnvoyGrpc().getClusterName())
        .isEqualTo("outbound|4317||otel.obs.svc.cluster.local");
    assertThat(config.getBody().getStringValue()).isEqualTo("%PROTOCOL%");
    assertThat(config.getAttributes().getValues(0).getKey()).isEqualTo("code");
    assertThat(config.getAttributes().getValues(0).getValue().getStringValue())
        .isEqualTo("%RESPONSE_CODE%");
  }

  /** EnvoyHttpGrpcV3LogProvider, as pilot's httpGrpcAccessLogFromTelemetry has it. */
  @Test
  void alsIsEnvoysHttpGrpcLogger() throws Exception {
    Listener listener =
        new AgentGenerator(
                Fixtures.model(
                    """
                    apiVersion: mesh.istio.io/v1alpha1
                    kind: MeshConfig
                    metadata: {name: m}
                    spec:
                      defaultProviders: {accessLogging: [als]}
                      extensionProviders:
                      - name: als
                        envoyHttpAls:
                          service: als.obs.svc.cluster.local
                          port: 9000
                          additionalRequestHeadersToLog: [x-a]
                          additionalResponseHeadersToLog: [x-b]
                          additionalResponseTrailersToLog: [x-c]
                    ---
                    apiVersion: networking.istio.io/v1
                    kind: ServiceEntry
                    metadata: {name: als, namespace: obs}
                    spec:
                      hosts: [als.obs.svc.cluster.local]
                      resolution: STATIC
                      location: MESH_INTERNAL
                      ports: [{number: 9000, name: grpc}]
                    """))
            .inbound(Fixtures.client("a"), "10.0.0.7", 8080);
    HttpGrpcAccessLogConfig config =
        manager(listener).getAccessLog(0).getTypedConfig().unpack(HttpGrpcAccessLogConfig.class);
    assertThat(config.getCommonConfig().getLogName()).isEqualTo("http_envoy_accesslog");
    assertThat(config.getCommonConfig().getGrpcService().getEnvoyGrpc().getClusterName())
        .isEqualTo("outbound|9000||als.obs.svc.cluster.local");
    assertThat(config.getAdditionalRequestHeadersToLogList()).containsExactly("x-a");
    assertThat(config.getAdditionalResponseHeadersToLogList()).containsExactly("x-b");
    assertThat(config.getAdditionalResponseTrailersToLogList()).containsExactly("x-c");
  }

  private static Map<String, String> tags(HttpConnectionManager manager) {
    Map<String, String> tags = new HashMap<>();
    manager
        .getTracing()
        .getCustomTagsList()
        .forEach(tag -> tags.put(tag.getTag(), tag.getLiteral().getValue()));
    return tags;
  }

  /** Of a workload whose tracing says this. */
  private static Listener listener(String tracing) {
    return new AgentGenerator(
            Fixtures.model(
                """
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: istio, namespace: istio-system}
                data:
                  mesh: |
                    extensionProviders:
                    - name: otel
                      opentelemetry: {service: c.obs.svc.cluster.local, port: 4317, maxTagLength: 33}
                    - name: file
                      envoyFileAccessLog: {path: /dev/stdout, omitEmptyValues: true}
                ---
                apiVersion: telemetry.istio.io/v1
                kind: Telemetry
                metadata: {name: x, namespace: shop}
                spec:
                  accessLogging: [{providers: [{name: file}]}]
                  tracing: [{providers: [{name: otel}], TRACING}]
                """
                    .replace("TRACING", tracing)))
        .inbound(Fixtures.client("a"), "10.0.0.7", 8080);
  }

  private static HttpConnectionManager manager(Listener listener)
      throws InvalidProtocolBufferException {
    return listener
        .getFilterChains(0)
        .getFilters(0)
        .getTypedConfig()
        .unpack(HttpConnectionManager.class);
  }

  @Test
  void withoutTelemetryNothingIsSaid() throws Exception {
    Listener listener =
        new AgentGenerator(Fixtures.model("")).inbound(Fixtures.client("a"), "10.0.0.7", 8080);
    HttpConnectionManager manager =
        listener
            .getFilterChains(0)
            .getFilters(0)
            .getTypedConfig()
            .unpack(HttpConnectionManager.class);
    assertThat(manager.getAccessLogList()).isEmpty();
    assertThat(manager.hasTracing()).isFalse();
    assertThat(manager.getHttpFiltersList()).hasSize(1);
  }
}
