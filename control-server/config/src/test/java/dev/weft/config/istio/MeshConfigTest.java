package dev.weft.config.istio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weft.config.Configuration;
import dev.weft.config.ConfigurationFile;
import dev.weft.config.Fixtures;
import dev.weft.config.model.Analysis;
import dev.weft.config.model.CustomTag;
import dev.weft.config.model.ExtensionProvider.FileAccessLog;
import dev.weft.config.model.ExtensionProvider.LogFormat;
import dev.weft.config.model.ExtensionProvider.OpenTelemetryTracing;
import dev.weft.config.model.ExtensionProvider.OtelAccessLog;
import dev.weft.config.model.ExtensionProvider.Prometheus;
import dev.weft.config.model.MeshConfig;
import dev.weft.config.model.MeshConfig.PathNormalization;
import dev.weft.config.model.MeshModel;
import dev.weft.config.model.MeshSettings;
import dev.weft.config.model.PeerAuthentication;
import dev.weft.config.source.Finding;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Istio's mesh.v1alpha1.MeshConfig, in each of the ways in which it may be written. */
class MeshConfigTest {

  /** As an installation's ConfigMap has it. */
  private static final String[] NO_COLLECTORS = {
    "otel: no service is called collector.obs.svc.cluster.local and has port 4317: spans go to the"
        + " agent's OTEL_EXPORTER_OTLP_ENDPOINT alone",
    "logs: no service is called obs/collector.example.com and has port 4317: nothing is logged"
        + " there"
  };

  private static final String CONFIG_MAP =
      """
      apiVersion: v1
      kind: ConfigMap
      metadata:
        name: istio
        namespace: mesh-root
      data:
        meshNetworks: 'networks: {}'
        mesh: |-
          # Comments, too.
          accessLogFile: /dev/stdout
          defaultConfig:
            discoveryAddress: istiod.istio-system.svc:15012
            tracing:
              sampling: 12.5
              customTags:
                zone: {literal: {value: a}}
                pod: {environment: {name: POD_NAME, defaultValue: none}}
                user: {header: {name: X-User}}
          defaultProviders:
            metrics:
            - prometheus
            accessLogging: [json]
          enablePrometheusMerge: true
          extensionProviders:
          - name: json
            envoyFileAccessLog:
              path: /var/log/a.log
              logFormat:
                labels: {status: "%RESPONSE_CODE%", of: {a: 1, b: true}}
          - name: otel
            opentelemetry: {service: collector.obs.svc.cluster.local, port: 4317}
          - name: logs
            envoyOtelAls: {service: obs/collector.example.com, port: 4317}
          trustDomainAliases: [old.example.com]
          defaultHttpRetryPolicy: {attempts: 1, retryOn: 5xx}
      """;

  @Test
  void theConfigMapIsRead() {
    MeshModel model = Fixtures.model(CONFIG_MAP);
    MeshConfig config = model.settings().config();
    assertThat(model.settings().rootNamespace()).isEqualTo("mesh-root");
    assertThat(config.trustDomainAliases()).containsExactly("old.example.com");
    assertThat(config.accessLog()).isEqualTo(new FileAccessLog("", "/dev/stdout", null));
    assertThat(config.tracing())
        .isEqualTo(
            new MeshConfig.Tracing(
                true,
                12.5,
                Map.of(
                    "zone", new CustomTag.Literal("a"),
                    "pod", new CustomTag.Environment("POD_NAME", "none"),
                    "user", new CustomTag.Header("x-user", "")),
                true,
                null));
    assertThat(config.defaults().accessLogging()).containsExactly("json");
    assertThat(config.provider("json"))
        .contains(
            new FileAccessLog(
                "json",
                "/var/log/a.log",
                new LogFormat.Json(
                    Map.of("status", "%RESPONSE_CODE%", "of", Map.of("a", 1.0, "b", true)))));
    assertThat(config.provider("otel"))
        .contains(
            new OpenTelemetryTracing(
                "otel", "collector.obs.svc.cluster.local", 4317, null, null, Map.of(), null));
    assertThat(config.provider("logs"))
        .contains(
            new OtelAccessLog(
                "logs", "obs/collector.example.com", 4317, "otel_envoy_accesslog", null, Map.of()));
    assertThat(config.provider("prometheus")).contains(new Prometheus("prometheus"));
    assertThat(config.provider("zipkin")).isEmpty();
    assertThat(config.retries().attempts()).isEqualTo(1);
    assertThat(config.retries().on()).containsExactly("5xx");
    assertThat(Fixtures.yaml("f.yaml", CONFIG_MAP).findings()).isEmpty();
    assertThat(Analysis.of(model)).extracting(Finding::message).containsExactly(NO_COLLECTORS);
  }

  @Test
  void whatNobodySaysIsAsInIstio() {
    MeshSettings settings = Fixtures.model("").settings();
    assertThat(settings.rootNamespace()).isEqualTo("istio-system");
    assertThat(settings.config()).isEqualTo(MeshConfig.DEFAULT);
    assertThat(settings.config().provider("envoy"))
        .contains(new FileAccessLog("envoy", "/dev/stdout", null));
    assertThat(settings.config().pathNormalization()).isEqualTo(PathNormalization.BASE);
  }

  /** MeshConfig.accessLogEncoding TEXT, which an unset one is, and JSON; accessLogFormat. */
  @Test
  void theAccessLogsFormatIsInItsEncoding() {
    String json = "accessLogFormat: '{\"code\": \"%RESPONSE_CODE%\"}'";
    assertThat(logFormat("accessLogFormat: '%RESPONSE_CODE%'"))
        .isEqualTo(new LogFormat.Text("%RESPONSE_CODE%"));
    assertThat(logFormat("accessLogEncoding: TEXT, " + json))
        .isEqualTo(new LogFormat.Text("{\"code\": \"%RESPONSE_CODE%\"}"));
    assertThat(logFormat("accessLogEncoding: JSON, " + json))
        .isEqualTo(new LogFormat.Json(Map.of("code", "%RESPONSE_CODE%")));
    assertThat(logFormat("accessLogEncoding: JSON"))
        .as("Istio's own fields")
        .isEqualTo(new LogFormat.Json(Map.of()));
    assertThat(logFormat("accessLogEncoding: TEXT")).as("Istio's own text").isNull();
  }

  private static @Nullable LogFormat logFormat(String settings) {
    String document =
        "apiVersion: mesh.istio.io/v1alpha1\nkind: MeshConfig\nmetadata: {name: a}\n"
            + "spec: {accessLogFile: /a.log, "
            + settings
            + "}\n";
    FileAccessLog log = Fixtures.model(document).settings().config().accessLog();
    assertThat(log).isNotNull();
    return log.format();
  }

  static Stream<String> documents() {
    String document = "apiVersion: mesh.istio.io/v1alpha1\nkind: MeshConfig\nmetadata: {name: a}\n";
    return Stream.of(
        document + "rootNamespace: r\ntrustDomainAliases: [b]",
        document + "spec:\n  rootNamespace: r\n  trustDomainAliases: [b]",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: n}\n"
            + "data: {mesh: \"rootNamespace: r\\ntrustDomainAliases: [b]\\n\"}",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: n}\n"
            + "data: {mesh: '{\"rootNamespace\": \"r\", \"trustDomainAliases\": [\"b\"]}'}");
  }

  @ParameterizedTest
  @MethodSource("documents")
  void eachWayOfWritingItSaysTheSame(String document) {
    MeshSettings settings = Fixtures.model(document).settings();
    assertThat(settings.rootNamespace()).isEqualTo("r");
    assertThat(settings.config().trustDomainAliases()).containsExactly("b");
  }

  /** The settings, after four lines of a ConfigMap, and what is found. */
  static Stream<Arguments> findings() {
    return Stream.of(
        arguments(
            "validation ValidateExtensionProvider: a name, and exactly one provider",
            "extensionProviders:\n- name: a\n- prometheus: {}\n",
            List.of(
                "f.yaml:7: error: data.mesh.extensionProviders[0]: must have exactly one provider,"
                    + " such as envoyFileAccessLog",
                "f.yaml:8: error: data.mesh.extensionProviders[1].name: is required")),
        arguments(
            "no kind of provider",
            "extensionProviders:\n- {name: a, prometheus: {}, prometheuz: {}}\n",
            List.of("f.yaml:7: error: data.mesh.extensionProviders[0].prometheuz: unknown field")),
        arguments(
            "validation: names are unique",
            "extensionProviders:\n- {name: a, prometheus: {}}\n- {name: a, prometheus: {}}\n",
            List.of("f.yaml:7: error: data.mesh.extensionProviders: \"a\" is there twice")),
        arguments(
            "what Istio had once",
            "mixerAddress: a\nenableTracing: true\n",
            List.of(
                "f.yaml:6: warning: data.mesh.mixerAddress: has no effect: it is no setting of"
                    + " Istio's any more")),
        arguments(
            "what Istio never had",
            "enableAutoMtl: true\n",
            List.of("f.yaml:6: error: data.mesh.enableAutoMtl: unknown field")),
        arguments(
            "validation validateExportTo",
            "defaultServiceExportTo: ['*', a]\ndefaultVirtualServiceExportTo: ['.']\n"
                + "defaultDestinationRuleExportTo: [B]\n",
            List.of(
                "f.yaml:6: error: data.mesh.defaultServiceExportTo: \"*\" and \"~\" must stand"
                    + " alone",
                "f.yaml:8: error: data.mesh.defaultDestinationRuleExportTo: \"B\" is not a"
                    + " namespace, \".\", \"*\" or \"~\"")),
        arguments(
            "wrong type, in a list in a string",
            "defaultProviders:\n  metrics:\n  - 1\n",
            List.of(
                "f.yaml:8: error: data.mesh.defaultProviders.metrics[0]: must be a string, is a"
                    + " number; put it in quotes")),
        arguments(
            "no YAML",
            "rootNamespace: a\n  b: c\n",
            List.of("f.yaml:7: error: data.mesh: not YAML: mapping values are not allowed here")),
        arguments(
            "what is honoured",
            "localityLbSetting: {enabled: true}\nenableAutoMtls: false\n"
                + "outboundTrafficPolicy: {mode: REGISTRY_ONLY}\n",
            List.of()),
        arguments(
            "validation validateLocalityLbSetting",
            "localityLbSetting: {failover: [{from: a, to: a}]}\n",
            List.of(
                "f.yaml:6: error: data.mesh.localityLbSetting.failover[0].to: must be another region"
                    + " than from")),
        arguments(
            "what is Envoy's",
            "outboundClusterStatName: a\nenableEnvoyAccessLogService: true\n",
            List.of(
                "f.yaml:6: warning: data.mesh.outboundClusterStatName: has no effect: it names"
                    + " Envoy's statistics of clusters; metrics here have the cluster's name",
                "f.yaml:7: warning: data.mesh.enableEnvoyAccessLogService: has no effect: it logs to a"
                    + " service that Envoy's own bootstrap names; name one in an extensionProvider"
                    + " envoyHttpAls")),
        arguments(
            "MeshConfig.default_http_retry_policy: all but perTryTimeout",
            "defaultHttpRetryPolicy: {attempts: 1, perTryTimeout: 1s}\n",
            List.of(
                "f.yaml:6: warning: data.mesh.defaultHttpRetryPolicy.perTryTimeout: can't be set for"
                    + " the whole mesh, in Istio too; ignored: set it in VirtualServices")),
        arguments(
            "MeshConfig.h2_upgrade_policy",
            "h2UpgradePolicy: UPGRADE\n",
            List.of(
                "f.yaml:6: warning: data.mesh.h2UpgradePolicy: is in force for java.net.http only,"
                    + " over TLS that the agent makes, where the application's client asks for HTTP/2 and the"
                    + " server speaks it: HttpURLConnection speaks HTTP/1.1 only")),
        arguments(
            "ProxyConfig.Tracing.enable_istio_tags",
            "defaultConfig: {tracing: {enableIstioTags: false}}\n",
            List.of()),
        arguments(
            "Tracing.CustomTag is a oneof",
            "defaultConfig: {tracing: {customTags: {a: {}}}}\n",
            List.of(
                "f.yaml:6: error: data.mesh.defaultConfig.tracing.customTags.a: must have exactly"
                    + " one of literal, environment, header and formatter")));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("findings")
  void isFound(String source, String mesh, List<String> expected) {
    String text =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: n}\ndata:\n  mesh: |\n"
            + mesh.indent(4);
    assertThat(ConfigurationFile.parse("f.yaml", text).findings())
        .extracting(finding -> finding.toString().replace("ConfigMap n/istio: ", ""))
        .containsExactlyElementsOf(expected);
  }

  @Test
  void aStringWhoseLinesAreNotTheFilesHasItsOwnLine() {
    String text =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio}\n"
            + "data:\n  mesh: \"\\n\\n\\n\\nenableTracing: maybe\"\n";
    assertThat(ConfigurationFile.parse("f.yaml", text).findings())
        .extracting(finding -> finding.origin().line())
        .containsExactly(5);
  }

  @Test
  void otherConfigMapsAreNothingOfTheMeshs() {
    String text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: app}\ndata: {a: b}\n";
    assertThat(ConfigurationFile.parse("f.yaml", text).findings())
        .extracting(Finding::message)
        .containsExactly("ConfigMap is no kind of the mesh; ignored");
  }

  @Test
  void theFirstHolds() {
    MeshModel model =
        Fixtures.model(
            "apiVersion: mesh.istio.io/v1alpha1\nkind: MeshConfig\nmetadata: {name: a}\n"
                + "spec: {rootNamespace: second, trustDomain: td}\n---\n"
                + CONFIG_MAP.replace("mesh-root", "first"));
    assertThat(model.settings().rootNamespace()).isEqualTo("first");
    assertThat(Analysis.of(model))
        .extracting(Finding::message)
        .contains(NO_COLLECTORS)
        .contains("is not in force: ConfigMap first/istio is already")
        .hasSize(3);
  }

  @Test
  void namesThatLeadNowhereAreFound() {
    MeshModel model =
        Fixtures.model(
            "apiVersion: mesh.istio.io/v1alpha1\nkind: MeshConfig\nmetadata: {name: a}\n"
                + "spec: {trustDomain: td, defaultProviders: {tracing: [otel]}}\n");
    assertThat(Analysis.of(model))
        .extracting(Finding::field)
        .containsExactly("trustDomain", "defaultProviders.tracing");
  }

  /** Its policies are mesh-wide, whatever the root is called. */
  @Test
  void anUnreadableFileIsStrictUnderAnyRoot() {
    Configuration configuration =
        Fixtures.yaml("mesh.yaml", CONFIG_MAP)
            .withUnknown(ConfigurationFile.parse("broken.yaml", "{"));
    MeshModel model = MeshModel.of(configuration.resources(), List.of(), MeshSettings.DEFAULT);
    assertThat(model.peerAuthentication("shop", Map.of(), 80))
        .isEqualTo(PeerAuthentication.Mode.STRICT);
    assertThat(model.authorizationPolicies("shop", Map.of())).hasSize(1);
  }

  /** Policies of the root namespace hold everywhere; a broken setting beside it changes nothing. */
  @Test
  void aRefusedMeshConfigStillSaysWhereTheRootIs() {
    Configuration configuration =
        Fixtures.yaml("mesh.yaml", CONFIG_MAP.replace("sampling: 12.5", "sampling: 120"));
    assertThat(configuration.file("mesh.yaml").orElseThrow().refused()).isTrue();
    assertThat(
            MeshModel.of(configuration.resources(), List.of(), MeshSettings.DEFAULT)
                .settings()
                .rootNamespace())
        .isEqualTo("mesh-root");
  }
}
