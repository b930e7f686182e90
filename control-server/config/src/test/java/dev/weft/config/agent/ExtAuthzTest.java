package dev.weft.config.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.TextFormat;
import dev.weft.config.Configuration;
import dev.weft.config.ConfigurationFile;
import dev.weft.config.model.Analysis;
import dev.weft.config.model.ClientWorkload;
import dev.weft.config.model.MeshModel;
import dev.weft.config.model.MeshSettings;
import dev.weft.config.source.Finding;
import io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.BufferSettings;
import io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.ExtAuthz;
import io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBAC;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * CUSTOM policies in, ext_authz out, as istio/pilot/pkg/security/authz/builder/extauthz.go has it.
 */
class ExtAuthzTest {

  private static final ClientWorkload WORKLOAD =
      new ClientWorkload("catalog", "shop", "catalog", "10.0.0.1", Map.of());

  private static final String AUTHORIZER =
      """
      ---
      apiVersion: networking.istio.io/v1
      kind: ServiceEntry
      metadata: {name: authz, namespace: security}
      spec:
        hosts: [authz.security.svc.cluster.local]
        ports: [{number: 9000, name: grpc, protocol: GRPC}]
        resolution: STATIC
        endpoints: [{address: 10.0.0.9}]
      """;

  private static final String POLICY =
      """
      ---
      apiVersion: security.istio.io/v1
      kind: AuthorizationPolicy
      metadata: {name: ask, namespace: shop}
      spec: {action: CUSTOM, provider: {name: opa}, rules: [{to: [{operation: {paths: [/admin]}}]}]}
      ---
      apiVersion: security.istio.io/v1
      kind: AuthorizationPolicy
      metadata: {name: deny, namespace: shop}
      spec: {action: DENY, rules: [{to: [{operation: {paths: [/x]}}]}]}
      """;

  private static String mesh(String provider) {
    return "---\napiVersion: mesh.istio.io/v1alpha1\nkind: MeshConfig\nmetadata: {name: mesh}\n"
        + "spec: {extensionProviders: ["
        + provider
        + "]}\n";
  }

  private static MeshModel model(String yaml) {
    Configuration configuration =
        Configuration.EMPTY.with(ConfigurationFile.parse("mesh.yaml", yaml));
    assertThat(configuration.resources()).isNotEmpty();
    return MeshModel.of(configuration.resources(), List.of(), MeshSettings.DEFAULT);
  }

  private static List<HttpFilter> filters(String yaml) throws InvalidProtocolBufferException {
    return new AgentGenerator(model(yaml))
        .inbound(WORKLOAD, "10.0.0.1", 8080)
        .getFilterChains(0)
        .getFilters(0)
        .getTypedConfig()
        .unpack(HttpConnectionManager.class)
        .getHttpFiltersList();
  }

  private static ExtAuthz extAuthz(String provider) throws InvalidProtocolBufferException {
    return filters(mesh(provider) + AUTHORIZER + POLICY)
        .get(1)
        .getTypedConfig()
        .unpack(ExtAuthz.class);
  }

  @Test
  void whatMatchesIsAskedBeforeAllElse() throws Exception {
    List<HttpFilter> filters =
        filters(
            mesh(
                    "{name: opa, envoyExtAuthzGrpc: {service: security/authz.security.svc.cluster.local,"
                        + " port: 9000}}")
                + AUTHORIZER
                + POLICY);
    assertThat(filters)
        .extracting(HttpFilter::getName)
        .containsExactly(
            HttpFilters.RBAC, HttpFilters.EXT_AUTHZ, HttpFilters.RBAC, "envoy.filters.http.router");
    RBAC rbac = filters.get(0).getTypedConfig().unpack(RBAC.class);
    assertThat(rbac.hasRules()).isFalse();
    assertThat(rbac.getShadowRulesStatPrefix()).isEqualTo("istio_ext_authz_");
    assertThat(rbac.getShadowRules().getPoliciesMap())
        .containsOnlyKeys("istio-ext-authz-opa-ns[shop]-policy[ask]-rule[0]");
  }

  @Test
  void byGrpc() throws Exception {
    assertThat(
            extAuthz(
                "{name: opa, envoyExtAuthzGrpc: {service: security/authz.security.svc.cluster.local,"
                    + " port: 9000, failOpen: true, statusOnError: '503', timeout: 2s}}"))
        .isEqualTo(
            TextFormat.parse(
                """
                grpc_service {
                  envoy_grpc {
                    cluster_name: "outbound|9000||authz.security.svc.cluster.local"
                    authority: "outbound_.9000_._.authz.security.svc.cluster.local"
                  }
                  timeout { seconds: 2 }
                }
                transport_api_version: V3 failure_mode_allow: true status_on_error { code: ServiceUnavailable }
                filter_enabled_metadata {
                  filter: "envoy.filters.http.rbac"
                  path { key: "istio_ext_authz_shadow_effective_policy_id" }
                  value { string_match { prefix: "istio-ext-authz-opa-ns[" } }
                }
                """,
                ExtAuthz.class));
  }

  @Test
  void byHttp() throws Exception {
    ExtAuthz authz =
        extAuthz(
            """
            {name: opa, envoyExtAuthzHttp: {service: security/authz.security.svc.cluster.local, port: 9000,
              pathPrefix: /check, includeRequestHeadersInCheck: [x-a, 'x-b*'],
              includeAdditionalHeadersInCheck: {x-mesh: weft}, headersToUpstreamOnAllow: ['*-user'],
              headersToDownstreamOnAllow: [x-ok], headersToDownstreamOnDeny: [x-no]}}""");
    assertThat(authz.getHttpService())
        .isEqualTo(
            TextFormat.parse(
                """
                server_uri {
                  uri: "http://authz.security.svc.cluster.local"
                  cluster: "outbound|9000||authz.security.svc.cluster.local" timeout { seconds: 600 }
                }
                path_prefix: "/check"
                authorization_request {
                  allowed_headers {
                    patterns { exact: "x-a" ignore_case: true } patterns { prefix: "x-b" ignore_case: true }
                  }
                  headers_to_add { key: "x-mesh" value: "weft" }
                }
                authorization_response {
                  allowed_upstream_headers { patterns { suffix: "-user" ignore_case: true } }
                  allowed_client_headers { patterns { exact: "x-no" ignore_case: true } }
                  allowed_client_headers_on_success { patterns { exact: "x-ok" ignore_case: true } }
                }
                """,
                io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.HttpService.class));
  }

  /** includeRequestBodyInCheck is Envoy's with_request_body, field by field. */
  @Test
  void withTheBody() throws Exception {
    assertThat(
            extAuthz(
                    "{name: opa, envoyExtAuthzGrpc: {service: security/authz.security.svc.cluster.local,"
                        + " port: 9000, includeRequestBodyInCheck: {maxRequestBytes: 8192,"
                        + " allowPartialMessage: true, packAsBytes: true}}}")
                .getWithRequestBody())
        .isEqualTo(
            TextFormat.parse(
                "max_request_bytes: 8192 allow_partial_message: true pack_as_bytes: true",
                BufferSettings.class));
  }

  /**
   * Istio's releases drop the rules of such a policy, which were to be shadow rules: nobody is
   * asked, and nothing is denied where there is nobody to ask.
   */
  @Test
  void aDryRunAsksNobody() throws Exception {
    String policy =
        POLICY.replace(
            "{name: ask, namespace: shop}",
            "{name: ask, namespace: shop, annotations: {istio.io/dry-run: 'true'}}");
    String provider =
        mesh(
            "{name: opa, envoyExtAuthzGrpc: {service: security/authz.security.svc.cluster.local,"
                + " port: 9000}}");
    for (String yaml : List.of(policy, provider + AUTHORIZER + policy)) {
      List<HttpFilter> filters = filters(yaml);
      assertThat(filters)
          .extracting(HttpFilter::getName)
          .containsExactly(HttpFilters.RBAC, "envoy.filters.http.router");
      RBAC rbac = filters.get(0).getTypedConfig().unpack(RBAC.class);
      assertThat(rbac.getRules().getPoliciesMap())
          .containsOnlyKeys("ns[shop]-policy[deny]-rule[0]");
      assertThat(rbac.hasShadowRules()).isFalse();
    }
  }

  /** Istio's getBadCustomDenyRules. */
  @Test
  void withNobodyToAskWhatMatchesIsDenied() throws Exception {
    for (String yaml :
        List.of(
            POLICY,
            mesh(
                    "{name: opa, envoyExtAuthzGrpc: {service: security/gone.security.svc.cluster.local, port: 1}}")
                + POLICY)) {
      RBAC rbac = filters(yaml).get(0).getTypedConfig().unpack(RBAC.class);
      assertThat(rbac.getRules().getAction())
          .isEqualTo(io.envoyproxy.envoy.config.rbac.v3.RBAC.Action.DENY);
      assertThat(rbac.getRules().getPoliciesMap())
          .containsOnlyKeys("istio-ext-authz-opa-ns[shop]-policy[ask]-rule[0]");
    }
    assertThat(Analysis.of(model(POLICY)))
        .extracting(Finding::toString)
        .anyMatch(finding -> finding.contains("external authorization is called opa"));
  }
}
