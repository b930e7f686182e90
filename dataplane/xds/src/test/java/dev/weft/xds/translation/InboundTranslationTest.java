package dev.weft.xds.translation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Any;
import com.google.protobuf.BoolValue;
import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import dev.weft.engine.inbound.MutualTlsMode;
import dev.weft.engine.model.Condition;
import dev.weft.engine.model.HeaderMatch;
import dev.weft.engine.model.InboundListener;
import dev.weft.engine.model.StringMatch;
import dev.weft.xds.proto.Address;
import dev.weft.xds.proto.DownstreamTlsContext;
import dev.weft.xds.proto.Filter;
import dev.weft.xds.proto.FilterChain;
import dev.weft.xds.proto.HeaderMatcher;
import dev.weft.xds.proto.HttpConnectionManager;
import dev.weft.xds.proto.HttpFilter;
import dev.weft.xds.proto.HttpRbacFilter;
import dev.weft.xds.proto.Listener;
import dev.weft.xds.proto.PathMatcher;
import dev.weft.xds.proto.Permission;
import dev.weft.xds.proto.Policy;
import dev.weft.xds.proto.Principal;
import dev.weft.xds.proto.RBAC;
import dev.weft.xds.proto.SocketAddress;
import dev.weft.xds.proto.StringMatcher;
import dev.weft.xds.proto.TransportSocket;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Envoy's config.listener.v3 on the server's side, and config.rbac.v3. Whatever fails, closes. */
class InboundTranslationTest {

  private static final Permission ANY_PERMISSION = Permission.newBuilder().setAny(true).build();
  private static final Principal ANY_PRINCIPAL = Principal.newBuilder().setAny(true).build();
  private static final Condition ALWAYS = new Condition.Always();

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
    assertThat(listener.denials()).isEmpty();
    assertThat(listener.allowing()).isFalse();
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
    HttpFilter jwt = filter("jwt", Any.newBuilder().setTypeUrl("x/envoy.JwtAuthentication"));
    assertRefusesAll(read(plaintext(jwt)), "envoy.JwtAuthentication");
    assertThat(read(plaintext(jwt.toBuilder().setIsOptional(true).build())).denials()).isEmpty();
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
    assertThat(listener.denials())
        .extracting(InboundListener.Policy::name)
        .containsExactly("a", "b");
    assertThat(listener.allowances())
        .containsExactly(
            new InboundListener.Policy("c", new Condition.AllOf(List.of(ALWAYS, ALWAYS))));
    assertThat(listener.allowing()).isTrue();
  }

  @Test
  void anAllowWithoutPoliciesAllowsNothing() throws ResourceRefused {
    InboundListener listener = read(plaintext(rbac(RBAC.Action.ALLOW, Map.of())));
    assertThat(listener.allowing()).isTrue();
    assertThat(listener.allowances()).isEmpty();
  }

  @Test
  void aSecondAllowFilterMustLetARequestPassAsWell() throws ResourceRefused {
    InboundListener listener =
        read(
            plaintext(
                rbac(RBAC.Action.ALLOW, Map.of("a", policy(ANY_PERMISSION, ANY_PRINCIPAL))),
                rbac(RBAC.Action.ALLOW, Map.of("b", policy(port(1), ANY_PRINCIPAL)))));
    assertThat(listener.denials())
        .singleElement()
        .extracting(InboundListener.Policy::condition)
        .isEqualTo(
            new Condition.Not(
                new Condition.AnyOf(
                    List.of(
                        new Condition.AllOf(
                            List.of(new Condition.DestinationPortIs(1), ALWAYS))))));
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

  @Test
  void whatIsNotUnderstoodIsNeverDropped() throws Exception {
    // Permission.destination_ip = 5, Principal.remote_ip = 11, Policy.condition = 3
    assertThat(permission(Permission.parseFrom(unknown(5)))).isInstanceOf(Condition.Unknown.class);
    assertThat(principal(Principal.parseFrom(unknown(11)))).isInstanceOf(Condition.Unknown.class);
    assertThat(
            permission(
                Permission.newBuilder().setNotRule(Permission.parseFrom(unknown(5))).build()))
        .isInstanceOfSatisfying(
            Condition.Not.class,
            not -> assertThat(not.condition()).isInstanceOf(Condition.Unknown.class));
    Policy conditional =
        Policy.parseFrom(policy(ANY_PERMISSION, ANY_PRINCIPAL).toByteString().concat(unknown(3)));
    assertThat(
            ((Condition.AllOf)
                    read(plaintext(rbac(RBAC.Action.DENY, Map.of("p", conditional))))
                        .denials()
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

  // ---- building blocks

  private static Condition permission(Permission permission) throws ResourceRefused {
    return denial(policy(permission, ANY_PRINCIPAL), 0);
  }

  private static Condition principal(Principal principal) throws ResourceRefused {
    return denial(policy(ANY_PERMISSION, principal), 1);
  }

  private static Condition denial(Policy policy, int part) throws ResourceRefused {
    InboundListener listener = read(plaintext(rbac(RBAC.Action.DENY, Map.of("p", policy))));
    return ((Condition.AllOf) listener.denials().get(0).condition()).conditions().get(part);
  }

  private static void assertRefusesAll(InboundListener listener, String why) {
    assertThat(listener.denials())
        .anySatisfy(
            policy ->
                assertThat(policy.condition())
                    .isInstanceOfSatisfying(
                        Condition.Unknown.class,
                        unknown -> assertThat(unknown.what()).contains(why)));
  }

  private static InboundListener read(FilterChain... chains) throws ResourceRefused {
    Listener listener =
        Listener.newBuilder()
            .setAddress(
                Address.newBuilder()
                    .setSocketAddress(
                        SocketAddress.newBuilder().setAddress("10.0.0.1").setPortValue(8080)))
            .addAllFilterChains(List.of(chains))
            .build();
    return ((ListenerResource.Inbound)
            Translation.listener("l", any("envoy.config.listener.v3.Listener", listener)).value())
        .listener();
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
