package dev.weft.config.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.TextFormat;
import dev.weft.config.Configuration;
import dev.weft.config.ConfigurationFile;
import dev.weft.config.model.ClientWorkload;
import dev.weft.config.model.MeshModel;
import dev.weft.config.model.MeshSettings;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtProvider;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RequestAuthentication in, jwt_authn out, as istio/pilot/pkg/security/authn has it. */
class JwtFilterTest {

  private static final ClientWorkload WORKLOAD =
      new ClientWorkload("catalog", "shop", "catalog", "10.0.0.1", Map.of());

  private static List<HttpFilter> filters(String yaml) throws InvalidProtocolBufferException {
    return filters(yaml, WORKLOAD);
  }

  private static List<HttpFilter> filters(String yaml, ClientWorkload workload)
      throws InvalidProtocolBufferException {
    Configuration configuration =
        Configuration.EMPTY.with(ConfigurationFile.parse("mesh.yaml", yaml));
    assertThat(configuration.findings()).isEmpty();
    MeshModel model = MeshModel.of(configuration.resources(), List.of(), MeshSettings.DEFAULT);
    return new AgentGenerator(model)
        .inbound(workload, "10.0.0.1", 8080)
        .getFilterChains(0)
        .getFilters(0)
        .getTypedConfig()
        .unpack(HttpConnectionManager.class)
        .getHttpFiltersList();
  }

  private static JwtAuthentication filter(String yaml) throws InvalidProtocolBufferException {
    return filters(yaml).get(0).getTypedConfig().unpack(JwtAuthentication.class);
  }

  private static String policy(String kind, String name, String spec) {
    return """
        ---
        apiVersion: security.istio.io/v1
        kind: %s
        metadata: {name: %s, namespace: shop}
        spec: %s
        """
        .formatted(kind, name, spec);
  }

  private static String tokens(String spec) {
    return policy("RequestAuthentication", "tokens", spec);
  }

  @Test
  void everyFieldOfARule() throws Exception {
    JwtProvider provider =
        filter(
                tokens(
                    """
                    {jwtRules: [{issuer: me, audiences: [web], jwksUri: 'https://me.example/keys',
                      fromHeaders: [{name: x-jwt, prefix: 'Token '}], fromParams: [t], fromCookies: [c],
                      outputPayloadToHeader: x-payload, forwardOriginalToken: true, timeout: 3s,
                      outputClaimToHeaders: [{header: x-sub, claim: sub}], spaceDelimitedClaims: [roles]}]}
                    """))
            .getProvidersOrThrow("origins-0");
    assertThat(provider)
        .isEqualTo(
            TextFormat.parse(
                """
                issuer: "me" audiences: "web" forward: true
                remote_jwks {
                  http_uri {
                    uri: "https://me.example/keys" cluster: "outbound|443||me.example" timeout { seconds: 3 }
                  }
                  cache_duration { seconds: 1200 }
                }
                from_headers { name: "x-jwt" value_prefix: "Token " } from_params: "t" from_cookies: "c"
                forward_payload_header: "x-payload" payload_in_metadata: "payload"
                claim_to_headers { header_name: "x-sub" claim_name: "sub" }
                normalize_payload_in_metadata {
                  space_delimited_claims: "permission" space_delimited_claims: "roles"
                  space_delimited_claims: "scope"
                }
                """,
                JwtProvider.class));
  }

  /** JwtRequirement {provider OR allow_missing}; presence REQUIRED leaves the second out. */
  @Test
  void aTokenIsOptionalUnlessItsPresenceIsRequired() throws Exception {
    String rule = "issuer: me, jwks: '{\"keys\": []}'";
    JwtAuthentication optional = filter(tokens("{jwtRules: [{" + rule + "}]}"));
    assertThat(optional.getRules(0).getRequires().getRequiresAny().getRequirementsList())
        .hasSize(2)
        .anyMatch(requirement -> requirement.hasAllowMissing());
    assertThat(optional.getBypassCorsPreflight()).isTrue();
    JwtAuthentication required = filter(tokens("{jwtRules: [{" + rule + ", presence: REQUIRED}]}"));
    assertThat(required.getRules(0).getRequires().getProviderName()).isEqualTo("origins-0");
  }

  /** {P1, P2, AND of {P1 or missing}, {P2 or missing}}, ordered by issuer. */
  @Test
  void severalIssuersOfSeveralPolicies() throws Exception {
    JwtAuthentication filter =
        filter(
            policy(
                    "RequestAuthentication",
                    "x",
                    "{jwtRules: [{issuer: z, jwks: '{\"keys\": []}'}]}")
                + policy(
                    "RequestAuthentication",
                    "y",
                    "{jwtRules: [{issuer: a, jwks: '{\"keys\": []}'}]}"));
    assertThat(filter.getProvidersOrThrow("origins-0").getIssuer()).isEqualTo("a");
    var options = filter.getRules(0).getRequires().getRequiresAny().getRequirementsList();
    assertThat(options).hasSize(3);
    assertThat(options.get(2).getRequiresAll().getRequirementsList()).hasSize(2);
  }

  /** RequestAuthentication.selector, by the workload's labels in the policy's namespace. */
  @ParameterizedTest
  @CsvSource({"shop, a, true", "shop, b, false", "bank, a, false"})
  void holdsForTheWorkloadsThatItSelects(String namespace, String app, boolean holds)
      throws InvalidProtocolBufferException {
    String yaml =
        tokens(
            "{selector: {matchLabels: {app: a}}, jwtRules: [{issuer: me, jwks: '{\"keys\": []}'}]}");
    ClientWorkload workload =
        new ClientWorkload("catalog", namespace, "catalog", "10.0.0.1", Map.of("app", app));
    assertThat(filters(yaml, workload).stream().map(HttpFilter::getName).toList())
        .matches(names -> names.contains(HttpFilters.JWT) == holds);
  }

  @Test
  void standsBeforeTheRulesThatReadItsClaims() throws Exception {
    assertThat(
            filters(
                tokens("{jwtRules: [{issuer: me, jwks: '{\"keys\": []}'}]}")
                    + policy("AuthorizationPolicy", "p", "{rules: [{}]}")))
        .extracting(HttpFilter::getName)
        .containsExactly(HttpFilters.JWT, HttpFilters.RBAC, "envoy.filters.http.router");
  }
}
