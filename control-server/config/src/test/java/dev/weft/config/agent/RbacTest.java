package dev.weft.config.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.TextFormat;
import dev.weft.config.Configuration;
import dev.weft.config.ConfigurationFile;
import dev.weft.config.model.ClientWorkload;
import dev.weft.config.model.MeshModel;
import dev.weft.config.model.MeshSettings;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.rbac.v3.Permission;
import io.envoyproxy.envoy.config.rbac.v3.Policy;
import io.envoyproxy.envoy.config.rbac.v3.Principal;
import io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBAC;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** AuthorizationPolicy in, RBAC out, as istio/pilot/pkg/security/authz/model has it. */
class RbacTest {

  private static final ClientWorkload WORKLOAD =
      new ClientWorkload("catalog", "shop", "catalog", "10.0.0.1", Map.of());

  private static Listener listener(String yaml) {
    Configuration configuration =
        Configuration.EMPTY.with(ConfigurationFile.parse("mesh.yaml", yaml));
    assertThat(configuration.findings()).isEmpty();
    MeshSettings settings = new MeshSettings("mesh.example", "istio-system", "cluster.local");
    return new AgentGenerator(MeshModel.of(configuration.resources(), List.of(), settings))
        .inbound(WORKLOAD, "10.0.0.1", 8080);
  }

  private static HttpConnectionManager manager(String yaml) {
    try {
      return listener(yaml)
          .getFilterChains(0)
          .getFilters(0)
          .getTypedConfig()
          .unpack(HttpConnectionManager.class);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private static List<RBAC> filters(String yaml) throws InvalidProtocolBufferException {
    List<RBAC> filters = new ArrayList<>();
    for (var filter : manager(yaml).getHttpFiltersList()) {
      if (filter.getName().equals(HttpFilters.RBAC)) {
        filters.add(filter.getTypedConfig().unpack(RBAC.class));
      }
    }
    return filters;
  }

  private static String policy(String name, String annotations, String spec) {
    return """
        ---
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: %s, namespace: shop, annotations: {%s}}
        spec: %s
        """
        .formatted(name, annotations, spec);
  }

  private static String mesh(String settings) {
    return "---\napiVersion: mesh.istio.io/v1alpha1\nkind: MeshConfig\nmetadata: {name: mesh}\nspec: "
        + settings
        + "\n";
  }

  private static Policy rule(String rule) throws InvalidProtocolBufferException {
    return filters(policy("p", "", "{action: DENY, rules: [" + rule + "]}"))
        .get(0)
        .getRules()
        .getPoliciesOrThrow("ns[shop]-policy[p]-rule[0]");
  }

  private static Principal principal(String source) throws InvalidProtocolBufferException {
    return rule("{from: [{source: {" + source + "}}]}").getPrincipals(0).getAndIds().getIds(0);
  }

  private static Permission permission(String operation) throws InvalidProtocolBufferException {
    return rule("{to: [{operation: {" + operation + "}}]}")
        .getPermissions(0)
        .getAndRules()
        .getRules(0);
  }

  private static Principal parsed(String text) throws TextFormat.ParseException {
    return TextFormat.parse(text, Principal.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "ipBlocks: [10.1.2.3] ; direct_remote_ip { address_prefix: '10.1.2.3' prefix_len { value: 32 } }",
        "ipBlocks: [10.1.0.0/16] ; direct_remote_ip { address_prefix: '10.1.0.0' prefix_len { value: 16 } }",
        "remoteIpBlocks: ['::1'] ; remote_ip { address_prefix: '::1' prefix_len { value: 128 } }",
        "serviceAccounts: [a] ; authenticated { principal_name { safe_regex { regex: 'spiffe://.+/ns/shop/(.+/|)sa/a(/.+)?' } } }",
        "serviceAccounts: [b/a] ; authenticated { principal_name { safe_regex { regex: 'spiffe://.+/ns/b/(.+/|)sa/a(/.+)?' } } }",
        "trustDomains: [td] ; authenticated { principal_name { safe_regex { regex: 'spiffe://td/.*' } } }",
        "trustDomains: ['*td'] ; authenticated { principal_name { safe_regex { regex: 'spiffe://[^/]*td/.*' } } }",
        "namespaces: ['a*'] ; authenticated { principal_name { safe_regex { regex: '.*/ns/a.*/.*' } } }",
        "principals: [td/ns/a/sa/b] ; authenticated { principal_name { exact: 'spiffe://td/ns/a/sa/b' } }",
        "principals: [cluster.local/ns/a/sa/b] ; authenticated { principal_name { exact: 'spiffe://mesh.example/ns/a/sa/b' } }",
        "principals: ['*'] ; authenticated { principal_name { safe_regex { regex: '.+' } } }"
      })
  void sources(String source, String expected) throws Exception {
    assertThat(principal(source).getOrIds().getIds(0))
        .isEqualTo(parsed(expected.replace('\'', '"')));
  }

  @Test
  void whatMustNotMatchIsNegatedAsAWhole() throws Exception {
    assertThat(principal("notIpBlocks: [10.0.0.1, 10.0.0.2]").getNotId().getOrIds().getIdsList())
        .hasSize(2);
    assertThat(permission("notPaths: [/a, /b]").getNotRule().getOrRules().getRulesList())
        .hasSize(2);
  }

  /** requestPrincipalGenerator: issuer and subject, parted at the last slash. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "* | safe_regex { regex: '.+' } | safe_regex { regex: '.+' }",
        "https://a.com/bob | exact: 'https://a.com' | exact: 'bob'",
        "*/bob | safe_regex { regex: '.+' } | exact: 'bob'",
        "*.com/bob | suffix: '.com' | exact: 'bob'",
        "https://a.com/* | exact: 'https://a.com' | safe_regex { regex: '.+' }",
        "https://a.com/b* | exact: 'https://a.com' | prefix: 'b'",
        "*bob | safe_regex { regex: '.+' } | suffix: 'bob'",
        "a.com* | prefix: 'a.com' | safe_regex { regex: '.+' }"
      })
  void requestPrincipals(String value, String issuer, String subject) throws Exception {
    String claim =
        "ids { metadata { filter: 'envoy.filters.http.jwt_authn' path { key: 'payload' }"
            + " path { key: '%s' } value { string_match { %s } } } }";
    assertThat(principal("requestPrincipals: ['" + value + "']").getOrIds().getIds(0))
        .isEqualTo(
            parsed(
                "and_ids { "
                    + claim.formatted("iss", issuer)
                    + claim.formatted("sub", subject)
                    + " }"));
  }

  /** MetadataListValueMatcherForJWTClaims: the claim itself, or one of the list that it is. */
  @ParameterizedTest
  @CsvSource({
    "'request.auth.claims[realm][roles]', 'path { key: \"realm\" } path { key: \"roles\" }'",
    "request.auth.audiences, 'path { key: \"aud\" }'",
    "request.auth.presenter, 'path { key: \"azp\" }'"
  })
  void claims(String key, String path) throws Exception {
    Principal principal =
        rule("{when: [{key: '" + key + "', values: [a]}]}").getPrincipals(0).getAndIds().getIds(0);
    assertThat(principal)
        .isEqualTo(
            parsed(
                "metadata { filter: 'envoy.filters.http.jwt_authn' path { key: 'payload' } "
                    + path
                    + " value { or_match {"
                    + " value_matchers { list_match { one_of { string_match { exact: 'a' } } } }"
                    + " value_matchers { string_match { exact: 'a' } } } } }"));
  }

  @ParameterizedTest
  @CsvSource({
    "'{key: destination.ip, values: [10.0.0.0/8]}', DESTINATION_IP",
    "'{key: destination.port, values: [\"80\"]}', DESTINATION_PORT",
    "'{key: connection.sni, values: [\"*.com\"]}', REQUESTED_SERVER_NAME"
  })
  void conditionsOnTheDestination(String when, Permission.RuleCase expected) throws Exception {
    Policy policy = rule("{when: [" + when + "]}");
    assertThat(policy.getPermissions(0).getAndRules().getRules(0).getOrRules().getRules(0))
        .extracting(Permission::getRuleCase)
        .isEqualTo(expected);
    assertThat(policy.getPrincipals(0).getAny()).isTrue();
  }

  /** istio/pilot/pkg/security/authz/model/generator.go, envoyFilterGenerator. */
  @ParameterizedTest
  @CsvSource({
    "gold, string_match { exact: 'gold' }",
    "go*, string_match { prefix: 'go' }",
    "*, string_match { safe_regex { regex: '.+' } }",
    "[gold], list_match { one_of { string_match { exact: 'gold' } } }",
    "[*ld], list_match { one_of { string_match { suffix: 'ld' } } }",
  })
  void metadataOfFilters(String value, String expected) throws Exception {
    Policy policy =
        rule(
            "{when: [{key: 'experimental.envoy.filters.http.ext_authz[a.b]', values: ['"
                + value
                + "']}]}");
    assertThat(policy.getPermissions(0).getAndRules().getRules(0).getOrRules().getRules(0))
        .isEqualTo(
            TextFormat.parse(
                "metadata { filter: 'envoy.filters.http.ext_authz' path { key: 'a.b' } value { "
                    + expected
                    + " } }",
                Permission.class));
  }

  @Test
  void headersAreConditionsOnTheCaller() throws Exception {
    assertThat(rule("{when: [{key: 'request.headers[X-A]', values: [b*]}]}").getPrincipals(0))
        .isEqualTo(
            parsed(
                "and_ids { ids { or_ids { ids { header { name: 'x-a' string_match { prefix: 'b' } } } } } }"));
  }

  /** Each source has the rule's conditions too. */
  @Test
  void conditionsHoldForEverySource() throws Exception {
    Policy policy =
        rule(
            "{from: [{source: {namespaces: [a]}}, {source: {namespaces: [b]}}],"
                + " when: [{key: source.ip, values: [10.0.0.1]}]}");
    assertThat(policy.getPrincipalsList())
        .hasSize(2)
        .allSatisfy(each -> assertThat(each.getAndIds().getIdsList()).hasSize(2));
  }

  /** matcher.PathTemplateMatcher: braces are taken off. */
  @Test
  void pathTemplates() throws Exception {
    Permission template = permission("paths: ['/a/{*}/b/{**}']").getOrRules().getRules(0);
    assertThat(
            template
                .getUriTemplate()
                .getTypedConfig()
                .unpack(UriTemplateMatchConfig.class)
                .getPathTemplate())
        .isEqualTo("/a/*/b/**");
  }

  /** istio/pilot/pkg/security/authz/builder: AUDIT, DENY, ALLOW; dry run as shadow rules. */
  @Test
  void filtersInOrderAndDryRunsInTheShadow() throws Exception {
    List<RBAC> filters =
        filters(
            policy("allow", "", "{rules: [{}]}")
                + policy("deny", "", "{action: DENY, rules: [{}]}")
                + policy("dry-deny", "istio.io/dry-run: 'true'", "{action: DENY, rules: [{}]}")
                + policy("audit", "", "{action: AUDIT, rules: [{}]}"));
    assertThat(filters)
        .extracting(filter -> filter.getRules().getAction())
        .containsExactly(
            io.envoyproxy.envoy.config.rbac.v3.RBAC.Action.LOG,
            io.envoyproxy.envoy.config.rbac.v3.RBAC.Action.DENY,
            io.envoyproxy.envoy.config.rbac.v3.RBAC.Action.ALLOW);
    RBAC deny = filters.get(1);
    assertThat(deny.getRules().getPoliciesMap()).containsOnlyKeys("ns[shop]-policy[deny]-rule[0]");
    assertThat(deny.getShadowRules().getPoliciesMap())
        .containsOnlyKeys("ns[shop]-policy[dry-deny]-rule[0]");
    assertThat(deny.getShadowRulesStatPrefix()).isEqualTo("istio_dry_run_deny_");
  }

  @Test
  void aDryRunAloneEnforcesNothing() throws Exception {
    RBAC allow = filters(policy("p", "istio.io/dry-run: '1'", "{rules: [{}]}")).get(0);
    assertThat(allow.hasRules()).isFalse();
    assertThat(allow.getShadowRulesStatPrefix()).isEqualTo("istio_dry_run_allow_");
  }

  /** trustdomain.Bundle.ReplaceTrustDomainAliases; MeshConfig.trust_domain_aliases. */
  @ParameterizedTest
  @CsvSource({
    "cluster.local/ns/a/sa/b, mesh.example/ns/a/sa/b old.example/ns/a/sa/b",
    "old.example/ns/a/sa/b, mesh.example/ns/a/sa/b old.example/ns/a/sa/b",
    "other.example/ns/a/sa/b, other.example/ns/a/sa/b",
    "*.example/ns/a/sa/b, *.example/ns/a/sa/b",
    "*/ns/a/sa/b, */ns/a/sa/b"
  })
  void aliasesExpandPrincipals(String principal, String expected) throws Exception {
    Policy policy =
        filters(
                mesh("{trustDomainAliases: [old.example]}")
                    + policy(
                        "p",
                        "",
                        "{rules: [{from: [{source: {principals: ['" + principal + "']}}]}]}"))
            .get(0)
            .getRules()
            .getPoliciesOrThrow("ns[shop]-policy[p]-rule[0]");
    assertThat(policy.getPrincipals(0).getAndIds().getIds(0).getOrIds().getIdsList())
        .extracting(
            id -> {
              var name = id.getAuthenticated().getPrincipalName();
              return name.hasExact()
                  ? name.getExact().substring("spiffe://".length())
                  : "*" + name.getSuffix();
            })
        .containsExactly(expected.split(" "));
  }

  @Test
  void serversAcceptTheAliases() throws Exception {
    DownstreamTlsContext tls =
        listener(mesh("{trustDomainAliases: [old.example]}"))
            .getFilterChains(0)
            .getTransportSocket()
            .getTypedConfig()
            .unpack(DownstreamTlsContext.class);
    assertThat(
            tls.getCommonTlsContext()
                .getCombinedValidationContext()
                .getDefaultValidationContext()
                .getMatchTypedSubjectAltNamesList())
        .extracting(name -> name.getMatcher().getPrefix())
        .containsExactly("spiffe://mesh.example/", "spiffe://old.example/");
  }

  /** MeshConfig.pathNormalization, as istio/pilot/pkg/networking/core has it in the manager. */
  @ParameterizedTest
  @CsvSource({
    "DEFAULT, true, false, IMPLEMENTATION_SPECIFIC_DEFAULT",
    "NONE, false, false, IMPLEMENTATION_SPECIFIC_DEFAULT",
    "BASE, true, false, IMPLEMENTATION_SPECIFIC_DEFAULT",
    "MERGE_SLASHES, true, true, IMPLEMENTATION_SPECIFIC_DEFAULT",
    "DECODE_AND_MERGE_SLASHES, true, true, UNESCAPE_AND_FORWARD"
  })
  void pathNormalization(String written, boolean normalize, boolean merge, String escaped) {
    HttpConnectionManager manager =
        manager(mesh("{pathNormalization: {normalization: " + written + "}}"));
    assertThat(manager.getNormalizePath().getValue()).isEqualTo(normalize);
    assertThat(manager.getMergeSlashes()).isEqualTo(merge);
    assertThat(manager.getPathWithEscapedSlashesAction().name()).isEqualTo(escaped);
    assertThat(manager.hasUseRemoteAddress()).isTrue();
    assertThat(manager.getUseRemoteAddress().getValue()).isFalse();
  }
}
