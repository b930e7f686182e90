package dev.weft.xds.translation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.net.InetAddresses;
import com.google.protobuf.Any;
import com.google.protobuf.BoolValue;
import com.google.protobuf.ByteString;
import com.google.protobuf.Empty;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Struct;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.Value;
import dev.weft.engine.inbound.MutualTlsMode;
import dev.weft.engine.model.AddressRange;
import dev.weft.engine.model.ClientAddress;
import dev.weft.engine.model.Condition;
import dev.weft.engine.model.HeaderMatch;
import dev.weft.engine.model.InboundFilter;
import dev.weft.engine.model.InboundListener;
import dev.weft.engine.model.MaxRequests;
import dev.weft.engine.model.PathNormalization;
import dev.weft.engine.model.PathTemplate;
import dev.weft.engine.model.StringMatch;
import dev.weft.engine.model.TelemetryPolicy;
import dev.weft.engine.model.ValueMatch;
import dev.weft.xds.proto.Address;
import dev.weft.xds.proto.BufferSettings;
import dev.weft.xds.proto.CidrRange;
import dev.weft.xds.proto.DownstreamTlsContext;
import dev.weft.xds.proto.ExtAuthz;
import dev.weft.xds.proto.Filter;
import dev.weft.xds.proto.FilterChain;
import dev.weft.xds.proto.GrpcService;
import dev.weft.xds.proto.HeaderMatcher;
import dev.weft.xds.proto.HttpConnectionManager;
import dev.weft.xds.proto.HttpFilter;
import dev.weft.xds.proto.HttpRbacFilter;
import dev.weft.xds.proto.HttpUri;
import dev.weft.xds.proto.Int32Range;
import dev.weft.xds.proto.JwtAuthentication;
import dev.weft.xds.proto.JwtProvider;
import dev.weft.xds.proto.JwtRequirement;
import dev.weft.xds.proto.JwtRequirementOrList;
import dev.weft.xds.proto.ListMatcher;
import dev.weft.xds.proto.Listener;
import dev.weft.xds.proto.Metadata;
import dev.weft.xds.proto.MetadataMatcher;
import dev.weft.xds.proto.OrMatcher;
import dev.weft.xds.proto.PathMatcher;
import dev.weft.xds.proto.Permission;
import dev.weft.xds.proto.Policy;
import dev.weft.xds.proto.Principal;
import dev.weft.xds.proto.RBAC;
import dev.weft.xds.proto.RemoteJwks;
import dev.weft.xds.proto.RequirementRule;
import dev.weft.xds.proto.RouteMatch;
import dev.weft.xds.proto.SocketAddress;
import dev.weft.xds.proto.SourcedMetadata;
import dev.weft.xds.proto.StringMatcher;
import dev.weft.xds.proto.TransportSocket;
import dev.weft.xds.proto.TypedExtensionConfig;
import dev.weft.xds.proto.UriTemplateMatchConfig;
import dev.weft.xds.proto.ValueMatcher;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Envoy's config.listener.v3 on the server's side, and config.rbac.v3. Whatever fails, closes. */
class InboundTranslationTest {

  private static final Permission ANY_PERMISSION = Permission.newBuilder().setAny(true).build();
  private static final Principal ANY_PRINCIPAL = Principal.newBuilder().setAny(true).build();
  private static final Condition ALWAYS = new Condition.Always();
  private static final CidrRange TEN =
      CidrRange.newBuilder().setAddressPrefix("10.0.0.0").setPrefixLen(UInt32Value.of(8)).build();
  private static final AddressRange TEN_RANGE =
      new AddressRange(InetAddresses.forString("10.0.0.0"), 8);

  // ---- filter chains

  @Test
  void modes() throws ResourceRefused {
    assertThat(read(tls()).mode()).isEqualTo(MutualTlsMode.STRICT);
    assertThat(read(tls(), plaintext()).mode()).isEqualTo(MutualTlsMode.PERMISSIVE);
    assertThat(read(plaintext()).mode()).isEqualTo(MutualTlsMode.DISABLE);
    assertThat(read(plaintext()).port()).isEqualTo(8080);
  }

  @Test
  void withoutAuthorizationEverythingMayPass() throws ResourceRefused {
    InboundListener listener = read(tls(router()), plaintext(router()));
    assertThat(listener.filters()).isEmpty();
  }

  /** What an Envoy has in its inbound cluster. */
  @Test
  void requestsAtOnce() throws ResourceRefused {
    Listener.Builder listener = listener(plaintext(router()));
    listener.setMetadata(
        Metadata.newBuilder()
            .putFilterMetadata(
                "dev.weft",
                Struct.newBuilder()
                    .putFields("max_requests", Value.newBuilder().setNumberValue(7).build())
                    .build()));
    assertThat(read(listener).filters()).containsExactly(new MaxRequests("max_requests", 7));
  }

  @Test
  void tlsThatAsksForNoCertificateIsNotUnderstood() throws ResourceRefused {
    FilterChain chain =
        tls().toBuilder()
            .setTransportSocket(
                TransportSocket.newBuilder()
                    .setTypedConfig(
                        any(
                            "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
                            DownstreamTlsContext.getDefaultInstance())))
            .build();
    assertRefusesAll(read(chain), "require_client_certificate");
  }

  @Test
  void chainsThatJudgeDifferentlyAreNotUnderstood() throws ResourceRefused {
    assertRefusesAll(
        read(tls(rbac(RBAC.Action.ALLOW, Map.of())), plaintext(router())),
        "different HTTP filters");
  }

  @Test
  void anUnknownFilterIsNotSkipped() throws ResourceRefused {
    HttpFilter jwt = filter("jwt", Any.newBuilder().setTypeUrl("x/envoy.OAuth2"));
    assertRefusesAll(read(plaintext(jwt)), "envoy.OAuth2");
    assertThat(read(plaintext(jwt.toBuilder().setIsOptional(true).build())).filters()).isEmpty();
  }

  @Test
  void aListenerWithoutAPortIsRefused() {
    assertThatThrownBy(() -> Translation.listener("l", any("x", Listener.getDefaultInstance())))
        .isInstanceOf(ResourceRefused.class)
        .hasMessage("l: address: a server's listener needs a port");
  }

  // ---- RBAC

  @Test
  void policiesAreOrderedByName() throws ResourceRefused {
    InboundListener listener =
        read(
            plaintext(
                rbac(
                    RBAC.Action.DENY,
                    Map.of(
                        "b", policy(ANY_PERMISSION, ANY_PRINCIPAL),
                        "a", policy(ANY_PERMISSION, ANY_PRINCIPAL))),
                rbac(RBAC.Action.ALLOW, Map.of("c", policy(ANY_PERMISSION, ANY_PRINCIPAL)))));
    InboundFilter.Rules denials = rules(listener, 0);
    assertThat(denials.action()).isEqualTo(InboundFilter.Action.DENY);
    assertThat(denials.policies()).extracting(InboundFilter.Policy::name).containsExactly("a", "b");
    InboundFilter.Rules allowances = rules(listener, 1);
    assertThat(allowances.action()).isEqualTo(InboundFilter.Action.ALLOW);
    assertThat(allowances.policies())
        .containsExactly(
            new InboundFilter.Policy("c", new Condition.AllOf(List.of(ALWAYS, ALWAYS))));
  }

  @Test
  void anAllowWithoutPoliciesAllowsNothing() throws ResourceRefused {
    InboundListener listener = read(plaintext(rbac(RBAC.Action.ALLOW, Map.of())));
    assertThat(rules(listener, 0))
        .isEqualTo(new InboundFilter.Rules(InboundFilter.Action.ALLOW, List.of()));
  }

  @Test
  void aSecondAllowFilterMustLetARequestPassAsWell() throws ResourceRefused {
    InboundListener listener =
        read(
            plaintext(
                rbac(RBAC.Action.ALLOW, Map.of("a", policy(ANY_PERMISSION, ANY_PRINCIPAL))),
                rbac(RBAC.Action.ALLOW, Map.of("b", policy(port(1), ANY_PRINCIPAL)))));
    assertThat(List.of(rules(listener, 0), rules(listener, 1)))
        .extracting(InboundFilter.Rules::action)
        .containsOnly(InboundFilter.Action.ALLOW);
    assertThat(rules(listener, 1).policies())
        .singleElement()
        .extracting(InboundFilter.Policy::condition)
        .isEqualTo(new Condition.AllOf(List.of(new Condition.DestinationPortIs(1), ALWAYS)));
  }

  @Test
  void permissions() throws ResourceRefused {
    assertThat(permission(ANY_PERMISSION)).isEqualTo(ALWAYS);
    assertThat(permission(port(8080))).isEqualTo(new Condition.DestinationPortIs(8080));
    assertThat(permission(Permission.newBuilder().setNotRule(port(1)).build()))
        .isEqualTo(new Condition.Not(new Condition.DestinationPortIs(1)));
    assertThat(
            permission(
                Permission.newBuilder()
                    .setAndRules(Permission.Set.newBuilder().addRules(port(1)).addRules(port(2)))
                    .build()))
        .isEqualTo(
            new Condition.AllOf(
                List.of(new Condition.DestinationPortIs(1), new Condition.DestinationPortIs(2))));
    assertThat(
            permission(
                Permission.newBuilder()
                    .setOrRules(Permission.Set.newBuilder().addRules(port(1)).addRules(port(2)))
                    .build()))
        .isEqualTo(
            new Condition.AnyOf(
                List.of(new Condition.DestinationPortIs(1), new Condition.DestinationPortIs(2))));
    assertThat(
            permission(
                Permission.newBuilder()
                    .setHeader(
                        HeaderMatcher.newBuilder()
                            .setName(":method")
                            .setStringMatch(StringMatcher.newBuilder().setExact("GET")))
                    .build()))
        .isEqualTo(
            new Condition.HeaderIs(
                new HeaderMatch(":method", new StringMatch.Exact("GET", false), false)));
    assertThat(
            permission(
                Permission.newBuilder()
                    .setUrlPath(
                        PathMatcher.newBuilder()
                            .setPath(StringMatcher.newBuilder().setPrefix("/a")))
                    .build()))
        .isEqualTo(new Condition.PathIs(new StringMatch.Prefix("/a", false)));
  }

  @Test
  void principals() throws ResourceRefused {
    assertThat(
            principal(
                Principal.newBuilder()
                    .setAuthenticated(
                        Principal.Authenticated.newBuilder()
                            .setPrincipalName(StringMatcher.newBuilder().setExact("spiffe://a")))
                    .build()))
        .isEqualTo(new Condition.PeerIs(new StringMatch.Exact("spiffe://a", false)));
    assertThat(
            principal(
                Principal.newBuilder()
                    .setAuthenticated(Principal.Authenticated.getDefaultInstance())
                    .build()))
        .as("any authenticated peer")
        .isEqualTo(new Condition.PeerIs(new StringMatch.Present()));
    assertThat(principal(Principal.newBuilder().setNotId(ANY_PRINCIPAL).build()))
        .isEqualTo(new Condition.Not(ALWAYS));
  }

  /** Permission.destination_ip, destination_port_range, requested_server_name, uri_template. */
  @Test
  void permissionsByConnection() throws ResourceRefused {
    assertThat(permission(Permission.newBuilder().setDestinationIp(TEN).build()))
        .isEqualTo(new Condition.DestinationAddressIs(TEN_RANGE));
    assertThat(
            permission(
                Permission.newBuilder()
                    .setDestinationPortRange(Int32Range.newBuilder().setStart(1).setEnd(5))
                    .build()))
        .isEqualTo(new Condition.DestinationPortWithin(1, 5));
    assertThat(
            permission(
                Permission.newBuilder()
                    .setRequestedServerName(StringMatcher.newBuilder().setSuffix(".com"))
                    .build()))
        .isEqualTo(new Condition.ServerNameIs(new StringMatch.Suffix(".com", false)));
    assertThat(permission(template("/a/*/b/**")))
        .isEqualTo(new Condition.PathFits(PathTemplate.of("/a/*/b/**")));
    assertThat(permission(template("/a/{name=*}"))).isInstanceOf(Condition.Unknown.class);
  }

  /** Principal.source_ip, direct_remote_ip: the peer's; remote_ip: the client's. */
  @Test
  void principalsByAddress() throws ResourceRefused {
    assertThat(principal(Principal.newBuilder().setDirectRemoteIp(TEN).build()))
        .isEqualTo(new Condition.PeerAddressIs(TEN_RANGE));
    assertThat(principal(Principal.newBuilder().setSourceIp(TEN).build()))
        .isEqualTo(new Condition.PeerAddressIs(TEN_RANGE));
    assertThat(principal(Principal.newBuilder().setRemoteIp(TEN).build()))
        .isEqualTo(new Condition.ClientAddressIs(TEN_RANGE));
    for (CidrRange bad :
        List.of(
            CidrRange.newBuilder().setAddressPrefix("example.com").build(),
            TEN.toBuilder().setPrefixLen(UInt32Value.of(33)).build())) {
      assertThat(principal(Principal.newBuilder().setRemoteIp(bad).build()))
          .isInstanceOf(Condition.Unknown.class);
    }
  }

  /** MetadataMatcher, as Istio's MetadataStringMatcherForJWTClaim and its list form have it. */
  @Test
  void claims() throws ResourceRefused {
    ValueMatcher admin =
        ValueMatcher.newBuilder()
            .setStringMatch(StringMatcher.newBuilder().setExact("admin"))
            .build();
    ValueMatcher inList =
        ValueMatcher.newBuilder().setListMatch(ListMatcher.newBuilder().setOneOf(admin)).build();
    ValueMatcher either =
        ValueMatcher.newBuilder()
            .setOrMatch(OrMatcher.newBuilder().addValueMatchers(inList).addValueMatchers(admin))
            .build();
    ValueMatch text = new ValueMatch.Text(new StringMatch.Exact("admin", false));
    Condition expected =
        new Condition.ClaimIs(
            List.of("realm", "role"),
            new ValueMatch.AnyOf(List.of(new ValueMatch.OneOf(text), text)));
    MetadataMatcher claim = claim("envoy.filters.http.jwt_authn", either);
    assertThat(principal(Principal.newBuilder().setMetadata(claim).build())).isEqualTo(expected);
    assertThat(
            principal(
                Principal.newBuilder()
                    .setSourcedMetadata(SourcedMetadata.newBuilder().setMetadataMatcher(claim))
                    .build()))
        .isEqualTo(expected);
    assertThat(
            principal(
                Principal.newBuilder().setMetadata(claim.toBuilder().setInvert(true)).build()))
        .isEqualTo(new Condition.Not(expected));
    assertThat(
            principal(Principal.newBuilder().setMetadata(claim("envoy.filters.x", either)).build()))
        .isInstanceOf(Condition.Unknown.class);
    MetadataMatcher authorizers = claim("envoy.filters.http.ext_authz", admin);
    assertThat(permission(Permission.newBuilder().setMetadata(authorizers).build()))
        .isEqualTo(new Condition.AuthorizerMetadataIs(List.of("payload", "realm", "role"), text));
  }

  private static MetadataMatcher claim(String filter, ValueMatcher value) {
    MetadataMatcher.Builder matcher =
        MetadataMatcher.newBuilder().setFilter(filter).setValue(value);
    for (String key : List.of("payload", "realm", "role")) {
      matcher.addPath(MetadataMatcher.PathSegment.newBuilder().setKey(key));
    }
    return matcher.build();
  }

  private static Permission template(String template) {
    return Permission.newBuilder()
        .setUriTemplate(
            TypedExtensionConfig.newBuilder()
                .setTypedConfig(
                    any(
                        "envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig",
                        UriTemplateMatchConfig.newBuilder().setPathTemplate(template).build())))
        .build();
  }

  /** RBAC.shadow_rules and shadow_rules_stat_prefix; action LOG. */
  @Test
  void shadowRulesAndLogs() throws ResourceRefused {
    RBAC rules = RBAC.newBuilder().setAction(RBAC.Action.LOG).build();
    HttpRbacFilter.RBAC config =
        HttpRbacFilter.RBAC
            .newBuilder()
            .setShadowRules(rules)
            .setShadowRulesStatPrefix("istio_dry_run_deny_")
            .build();
    assertThat(
            read(plaintext(
                    filter(
                        "rbac",
                        any("envoy.extensions.filters.http.rbac.v3.RBAC", config).toBuilder())))
                .filters())
        .containsExactly(
            new InboundFilter.Rbac(
                null,
                new InboundFilter.Rules(InboundFilter.Action.LOG, List.of()),
                "istio_dry_run_deny_"));
  }

  /** HttpConnectionManager.normalize_path, merge_slashes, path_with_escaped_slashes_action. */
  @Test
  void pathNormalization() throws ResourceRefused {
    assertThat(read(managed(manager -> manager)).paths()).isEqualTo(PathNormalization.BASE);
    assertThat(read(managed(manager -> manager.setNormalizePath(BoolValue.of(false)))).paths())
        .isEqualTo(PathNormalization.NONE);
    assertThat(read(managed(manager -> manager.setMergeSlashes(true))).paths())
        .isEqualTo(PathNormalization.MERGE_SLASHES);
    assertThat(
            read(managed(
                    manager ->
                        manager
                            .setMergeSlashes(true)
                            .setPathWithEscapedSlashesAction(
                                HttpConnectionManager.PathWithEscapedSlashesAction
                                    .UNESCAPE_AND_FORWARD)))
                .paths())
        .isEqualTo(PathNormalization.DECODE_AND_MERGE_SLASHES);
    assertRefusesAll(
        read(
            managed(
                manager ->
                    manager.setPathWithEscapedSlashesAction(
                        HttpConnectionManager.PathWithEscapedSlashesAction.REJECT_REQUEST))),
        "REJECT_REQUEST");
  }

  /** HttpConnectionManager.use_remote_address, xff_num_trusted_hops. */
  @Test
  void clientAddress() throws ResourceRefused {
    assertThat(read(plaintext()).client()).isEqualTo(ClientAddress.FORWARDED);
    assertThat(
            read(managed(
                    manager ->
                        manager.setUseRemoteAddress(BoolValue.of(true)).setXffNumTrustedHops(2)))
                .client())
        .isEqualTo(new ClientAddress(true, 2));
  }

  private static FilterChain managed(UnaryOperator<HttpConnectionManager.Builder> edit) {
    Filter http =
        Filter.newBuilder()
            .setName("http")
            .setTypedConfig(
                any(
                    "envoy.extensions.filters.network.http_connection_manager.v3"
                        + ".HttpConnectionManager",
                    edit.apply(HttpConnectionManager.newBuilder()).build()))
            .build();
    return FilterChain.newBuilder().addFilters(http).build();
  }

  @Test
  void whatIsNotUnderstoodIsNeverDropped() throws Exception {
    // Permission.matcher = 12, Principal.filter_state = 12, Policy.condition = 3
    assertThat(permission(Permission.parseFrom(unknown(12)))).isInstanceOf(Condition.Unknown.class);
    assertThat(principal(Principal.parseFrom(unknown(12)))).isInstanceOf(Condition.Unknown.class);
    assertThat(
            permission(
                Permission.newBuilder().setNotRule(Permission.parseFrom(unknown(12))).build()))
        .isInstanceOfSatisfying(
            Condition.Not.class,
            not -> assertThat(not.condition()).isInstanceOf(Condition.Unknown.class));
    Policy conditional =
        Policy.parseFrom(policy(ANY_PERMISSION, ANY_PRINCIPAL).toByteString().concat(unknown(3)));
    assertThat(
            ((Condition.AllOf)
                    rules(read(plaintext(rbac(RBAC.Action.DENY, Map.of("p", conditional)))), 0)
                        .policies()
                        .get(0)
                        .condition())
                .conditions())
        .hasAtLeastOneElementOfType(Condition.Unknown.class);
  }

  @Test
  void aMatcherInPlaceOfRulesIsNotSkipped() throws Exception {
    // RBAC.matcher = 4
    HttpRbacFilter.RBAC config = HttpRbacFilter.RBAC.parseFrom(unknown(4));
    assertRefusesAll(
        read(
            plaintext(
                filter(
                    "rbac",
                    any("envoy.extensions.filters.http.rbac.v3.RBAC", config).toBuilder()))),
        "field 4");
  }

  // ---- JWT

  /** As istiod and Weft's control server send it. */
  @Test
  void jwt() throws ResourceRefused {
    JwtAuthentication config =
        JwtAuthentication.newBuilder()
            .putProviders(
                "p",
                JwtProvider.newBuilder()
                    .setIssuer("me")
                    .setPayloadInMetadata("payload")
                    .setForwardPayloadHeader("X-Payload")
                    .setRemoteJwks(
                        RemoteJwks.newBuilder()
                            .setHttpUri(HttpUri.newBuilder().setUri("http://a/b").setCluster("c")))
                    .build())
            .addRules(
                RequirementRule.newBuilder()
                    .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                    .setRequires(
                        JwtRequirement.newBuilder()
                            .setRequiresAny(
                                JwtRequirementOrList.newBuilder()
                                    .addRequirements(
                                        JwtRequirement.newBuilder().setProviderName("p"))
                                    .addRequirements(
                                        JwtRequirement.newBuilder()
                                            .setAllowMissing(Empty.getDefaultInstance())))))
            .setBypassCorsPreflight(true)
            .build();
    InboundFilter.JwtAuthentication filter =
        (InboundFilter.JwtAuthentication) read(plaintext(jwt(config))).filters().get(0);
    dev.weft.engine.model.JwtProvider provider = filter.providers().get(0);
    assertThat(provider.payloadHeader()).isEqualTo("x-payload");
    assertThat(provider.clockSkew()).isEqualTo(Duration.ofSeconds(60));
    assertThat(provider.keys())
        .isEqualTo(
            new dev.weft.engine.model.JwtProvider.Keys.Remote(
                "http://a/b", "c", Duration.ofSeconds(5), Duration.ofMinutes(10)));
    assertThat(filter.requirement())
        .isEqualTo(
            new dev.weft.engine.model.JwtRequirement.AnyOf(
                List.of(new dev.weft.engine.model.JwtRequirement.Token(provider)), true));
  }

  /** What isn't understood of who may come in lets nobody in. */
  @Test
  void jwtThatIsNotUnderstoodRefuses() throws Exception {
    JwtProvider nowhere =
        JwtProvider.newBuilder()
            .setRemoteJwks(
                RemoteJwks.newBuilder().setHttpUri(HttpUri.newBuilder().setUri("https://a/b|c")))
            .build();
    assertRefusesAll(
        read(plaintext(jwt(JwtAuthentication.newBuilder().putProviders("p", nowhere).build()))),
        "remote_jwks.http_uri");
    assertRefusesAll(read(plaintext(jwt(JwtAuthentication.getDefaultInstance()))), "only one rule");
    // JwtProvider.subjects = 19, which narrows whose tokens are believed
    JwtProvider narrowed =
        JwtProvider.parseFrom(ByteString.copyFrom(new byte[] {(byte) 0x9a, 1, 0}));
    assertRefusesAll(
        read(plaintext(jwt(JwtAuthentication.newBuilder().putProviders("p", narrowed).build()))),
        "field 19");
  }

  private static HttpFilter jwt(JwtAuthentication config) {
    return filter(
        "jwt",
        any("envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication", config).toBuilder());
  }

  // ---- external authorization

  /** As istiod and Weft's control server send it. */
  @Test
  void extAuthz() throws ResourceRefused {
    ExtAuthz config =
        ExtAuthz.newBuilder()
            .setGrpcService(
                GrpcService.newBuilder()
                    .setEnvoyGrpc(
                        GrpcService.EnvoyGrpc.newBuilder()
                            .setClusterName("outbound|9000||authz")
                            .setAuthority("a")))
            .setFilterEnabledMetadata(
                MetadataMatcher.newBuilder()
                    .setFilter("envoy.filters.http.rbac")
                    .addPath(
                        MetadataMatcher.PathSegment.newBuilder()
                            .setKey("istio_ext_authz_shadow_effective_policy_id"))
                    .setValue(
                        ValueMatcher.newBuilder()
                            .setStringMatch(
                                StringMatcher.newBuilder().setPrefix("istio-ext-authz"))))
            .build();
    assertThat(read(plaintext(extAuthz(config))).filters())
        .containsExactly(
            new InboundFilter.ExternalAuthorization(
                new InboundFilter.ShadowMatch(
                    "istio_ext_authz_", new StringMatch.Prefix("istio-ext-authz", false)),
                new InboundFilter.Authorizer.Grpc("outbound|9000||authz", "a"),
                Duration.ofMillis(200),
                false,
                403));
    ListenerResource.Inbound listener =
        new ListenerResource.Inbound(read(plaintext(extAuthz(config))), TelemetryPolicy.NONE);
    assertThat(listener.clusters()).containsExactly("outbound|9000||authz");
  }

  /** ExtAuthz.with_request_body; max_request_bytes is unsigned. */
  @Test
  void extAuthzWithTheBody() throws Exception {
    ExtAuthz config =
        ExtAuthz.newBuilder()
            .setGrpcService(
                GrpcService.newBuilder()
                    .setEnvoyGrpc(GrpcService.EnvoyGrpc.newBuilder().setClusterName("authz")))
            .setWithRequestBody(
                BufferSettings.newBuilder()
                    .setMaxRequestBytes(-1)
                    .setAllowPartialMessage(true)
                    .setPackAsBytes(true))
            .build();
    assertThat(read(plaintext(extAuthz(config))).filters())
        .singleElement()
        .isInstanceOfSatisfying(
            InboundFilter.ExternalAuthorization.class,
            filter ->
                assertThat(filter.body())
                    .isEqualTo(new InboundFilter.BufferSettings(4_294_967_295L, true, true)));
  }

  @Test
  void extAuthzThatIsNotUnderstoodRefuses() throws Exception {
    assertRefusesAll(read(plaintext(extAuthz(ExtAuthz.getDefaultInstance()))), "nobody to ask");
    // ExtAuthz.deny_at_disable = 11
    assertRefusesAll(read(plaintext(extAuthz(ExtAuthz.parseFrom(unknown(11))))), "field 11");
    assertRefusesAll(
        read(
            plaintext(
                extAuthz(
                    ExtAuthz.newBuilder()
                        .setWithRequestBody(BufferSettings.getDefaultInstance())
                        .build()))),
        "max_request_bytes");
  }

  private static HttpFilter extAuthz(ExtAuthz config) {
    return filter(
        "authz", any("envoy.extensions.filters.http.ext_authz.v3.ExtAuthz", config).toBuilder());
  }

  // ---- building blocks

  private static Condition permission(Permission permission) throws ResourceRefused {
    return denial(policy(permission, ANY_PRINCIPAL), 0);
  }

  private static Condition principal(Principal principal) throws ResourceRefused {
    return denial(policy(ANY_PERMISSION, principal), 1);
  }

  private static Condition denial(Policy policy, int part) throws ResourceRefused {
    InboundListener listener = read(plaintext(rbac(RBAC.Action.DENY, Map.of("p", policy))));
    return ((Condition.AllOf) rules(listener, 0).policies().get(0).condition())
        .conditions()
        .get(part);
  }

  private static void assertRefusesAll(InboundListener listener, String why) {
    assertThat(listener.filters())
        .filteredOn(filter -> rules(filter).action() == InboundFilter.Action.DENY)
        .flatExtracting(filter -> rules(filter).policies())
        .anySatisfy(
            policy ->
                assertThat(policy.condition())
                    .isInstanceOfSatisfying(
                        Condition.Unknown.class,
                        unknown -> assertThat(unknown.what()).contains(why)));
  }

  private static InboundFilter.Rules rules(InboundListener listener, int filter) {
    return rules(listener.filters().get(filter));
  }

  private static InboundFilter.Rules rules(InboundFilter filter) {
    return Objects.requireNonNull(((InboundFilter.Rbac) filter).rules());
  }

  private static InboundListener read(FilterChain... chains) throws ResourceRefused {
    return read(listener(chains));
  }

  private static InboundListener read(Listener.Builder listener) throws ResourceRefused {
    return ((ListenerResource.Inbound)
            Translation.listener("l", any("envoy.config.listener.v3.Listener", listener.build()))
                .value())
        .listener();
  }

  private static Listener.Builder listener(FilterChain... chains) {
    return Listener.newBuilder()
        .setAddress(
            Address.newBuilder()
                .setSocketAddress(
                    SocketAddress.newBuilder().setAddress("10.0.0.1").setPortValue(8080)))
        .addAllFilterChains(List.of(chains));
  }

  private static FilterChain plaintext(HttpFilter... filters) {
    return FilterChain.newBuilder()
        .addFilters(
            Filter.newBuilder()
                .setName("http")
                .setTypedConfig(
                    any(
                        "envoy.extensions.filters.network.http_connection_manager.v3"
                            + ".HttpConnectionManager",
                        HttpConnectionManager.newBuilder()
                            .addAllHttpFilters(List.of(filters))
                            .build())))
        .build();
  }

  private static FilterChain tls(HttpFilter... filters) {
    return plaintext(filters).toBuilder()
        .setTransportSocket(
            TransportSocket.newBuilder()
                .setName("envoy.transport_sockets.tls")
                .setTypedConfig(
                    any(
                        "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
                        DownstreamTlsContext.newBuilder()
                            .setRequireClientCertificate(BoolValue.of(true))
                            .build())))
        .build();
  }

  private static HttpFilter router() {
    return filter(
        "router", Any.newBuilder().setTypeUrl("x/envoy.extensions.filters.http.router.v3.Router"));
  }

  private static HttpFilter rbac(RBAC.Action action, Map<String, Policy> policies) {
    return filter(
        "rbac",
        any(
            "envoy.extensions.filters.http.rbac.v3.RBAC",
            HttpRbacFilter.RBAC
                .newBuilder()
                .setRules(RBAC.newBuilder().setAction(action).putAllPolicies(policies))
                .build())
            .toBuilder());
  }

  private static HttpFilter filter(String name, Any.Builder config) {
    return HttpFilter.newBuilder().setName(name).setTypedConfig(config).build();
  }

  private static Policy policy(Permission permission, Principal principal) {
    return Policy.newBuilder().addPermissions(permission).addPrincipals(principal).build();
  }

  private static Permission port(int port) {
    return Permission.newBuilder().setDestinationPort(port).build();
  }

  private static Any any(String type, MessageLite message) {
    return Any.newBuilder()
        .setTypeUrl("type.googleapis.com/" + type)
        .setValue(message.toByteString())
        .build();
  }

  /** An empty length-delimited field. */
  private static ByteString unknown(int number) {
    return ByteString.copyFrom(new byte[] {(byte) ((number << 3) | 2), 0});
  }
}
