package dev.weft.xds.translation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Struct;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.Value;
import dev.weft.engine.model.Assignment;
import dev.weft.engine.model.Assignment.LocalityEndpoints;
import dev.weft.engine.model.CircuitBreakers;
import dev.weft.engine.model.Endpoint;
import dev.weft.engine.model.Endpoint.Health;
import dev.weft.engine.model.LastGoodAnswer;
import dev.weft.engine.model.LoadBalancing;
import dev.weft.engine.model.LocalCluster;
import dev.weft.engine.spi.OriginatedTls;
import dev.weft.engine.spi.PeerTls;
import dev.weft.xds.proto.Address;
import dev.weft.xds.proto.CertificateValidationContext;
import dev.weft.xds.proto.Cluster;
import dev.weft.xds.proto.ClusterLoadAssignment;
import dev.weft.xds.proto.CommonTlsContext;
import dev.weft.xds.proto.DataSource;
import dev.weft.xds.proto.HealthStatus;
import dev.weft.xds.proto.LbEndpoint;
import dev.weft.xds.proto.Locality;
import dev.weft.xds.proto.LocalityLbEndpoints;
import dev.weft.xds.proto.Metadata;
import dev.weft.xds.proto.SocketAddress;
import dev.weft.xds.proto.StringMatcher;
import dev.weft.xds.proto.SubjectAltNameMatcher;
import dev.weft.xds.proto.TlsCertificate;
import dev.weft.xds.proto.TransportSocket;
import dev.weft.xds.proto.UpstreamTlsContext;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Fields of Envoy's config.cluster.v3 and config.endpoint.v3, each with what becomes of it. */
class ClusterTranslationTest {

  private static final String ALICE = "spiffe://cluster.local/ns/shop/sa/alice";
  private static final PeerTls TO_ALICE =
      new PeerTls(
          "outbound_.8080_._.catalog.shop.svc.cluster.local",
          List.of(ALICE),
          List.of("istio-http/1.1", "istio"));

  private static final Cluster EDS =
      Cluster.newBuilder().setName("v1").setType(Cluster.DiscoveryType.EDS).build();

  // ---- Cluster

  @Test
  void defaults() throws ResourceRefused {
    Translation<ClusterResource> translation = read(EDS);
    assertThat(translation.value().assignment()).isEqualTo("v1");
    var settings = translation.value().settings();
    assertThat(settings.loadBalancing())
        .isEqualTo(new LoadBalancing(LoadBalancing.ROUND_ROBIN.policy(), false, 50));
    assertThat(settings.connectTimeout()).isEqualTo(java.time.Duration.ofSeconds(5));
    assertThat(settings.circuitBreakers()).isEqualTo(new CircuitBreakers(1024, 3, null));
    assertThat(settings.outlierDetection()).isNull();
    assertThat(settings.tls()).isNull();
    assertThat(settings.tlsRequired()).isFalse();
    assertThat(translation.notes()).isEmpty();
  }

  /** Weft's own, as the control server's LastGoodAnswers puts it. */
  @ParameterizedTest(name = "{0} s, {1}, {2} bytes: {3}")
  @CsvSource({"60, 10, 1024, true", "0, 10, 1024, false", "60, 0, 1024, false"})
  void lastGoodAnswers(int age, int entries, int bytes, boolean honoured) throws ResourceRefused {
    Struct policy =
        Struct.newBuilder()
            .putFields("max_age_seconds", Value.newBuilder().setNumberValue(age).build())
            .putFields("max_entries", Value.newBuilder().setNumberValue(entries).build())
            .putFields("max_body_bytes", Value.newBuilder().setNumberValue(bytes).build())
            .build();
    Struct ours =
        Struct.newBuilder()
            .putFields("last_good_answer", Value.newBuilder().setStructValue(policy).build())
            .build();
    Translation<ClusterResource> translation =
        read(
            EDS.toBuilder()
                .setMetadata(Metadata.newBuilder().putFilterMetadata("dev.weft", ours))
                .build());

    LastGoodAnswer expected =
        honoured ? new LastGoodAnswer(java.time.Duration.ofSeconds(age), entries, bytes) : null;
    assertThat(translation.value().settings().lastGoodAnswer()).isEqualTo(expected);
    assertThat(translation.value().with(Assignment.NONE, LocalCluster.UNKNOWN).lastGoodAnswer())
        .isEqualTo(expected);
    assertThat(translation.notes()).hasSize(honoured ? 0 : 1);
  }

  @Test
  void edsServiceName() throws ResourceRefused {
    assertThat(
            read(EDS.toBuilder()
                    .setEdsClusterConfig(
                        Cluster.EdsClusterConfig.newBuilder().setServiceName("other"))
                    .build())
                .value()
                .assignment())
        .isEqualTo("other");
  }

  @ParameterizedTest
  @EnumSource(
      value = Cluster.DiscoveryType.class,
      names = {"ORIGINAL_DST"})
  void discoveryTypesThatAreRefused(Cluster.DiscoveryType type) {
    assertThatThrownBy(() -> read(EDS.toBuilder().setType(type).build()))
        .isInstanceOf(ResourceRefused.class)
        .hasMessage("v1: type: " + type.name() + " is not supported");
  }

  /** dns_refresh_rate: 5 s by default. */
  @ParameterizedTest
  @CsvSource({"STRICT_DNS, 60, false, PT1M", "LOGICAL_DNS, 0, true, PT5S"})
  void endpointsByHostName(
      Cluster.DiscoveryType type, int refresh, boolean firstOnly, java.time.Duration expected)
      throws ResourceRefused {
    Cluster.Builder named =
        EDS.toBuilder().setType(type).setLoadAssignment(assignment("api.example.com"));
    if (refresh > 0) {
      named.setDnsRefreshRate(Duration.newBuilder().setSeconds(refresh));
    }
    ClusterResource cluster = read(named.build()).value();
    assertThat(cluster.assignment()).isNull();
    assertThat(cluster.dns()).isEqualTo(new ClusterResource.Dns(expected, firstOnly));
    assertThat(cluster.hostNames()).containsExactly("api.example.com");
    assertThatThrownBy(
            () ->
                read(
                    EDS.toBuilder()
                        .setType(Cluster.DiscoveryType.STATIC)
                        .setLoadAssignment(assignment("api.example.com"))
                        .build()))
        .isInstanceOf(ResourceRefused.class)
        .hasMessageContaining("is not an IP address");
  }

  private static ClusterLoadAssignment assignment(String address) {
    return ClusterLoadAssignment.newBuilder()
        .addEndpoints(
            LocalityLbEndpoints.newBuilder()
                .addLbEndpoints(
                    LbEndpoint.newBuilder()
                        .setEndpoint(
                            dev.weft.xds.proto.Endpoint.newBuilder()
                                .setAddress(
                                    Address.newBuilder()
                                        .setSocketAddress(
                                            SocketAddress.newBuilder()
                                                .setAddress(address)
                                                .setPortValue(443))))))
        .build();
  }

  @ParameterizedTest
  @CsvSource({"0, 1, PT0.001S", "0, 250000000, PT0.25S", "3, 0, PT3S"})
  void connectTimeout(long seconds, int nanos, java.time.Duration expected) throws ResourceRefused {
    assertThat(read(connectingWithin(seconds, nanos)).value().settings().connectTimeout())
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "-1, 0", "0, -1"})
  void connectTimeoutsThatAreRefused(long seconds, int nanos) {
    assertThatThrownBy(() -> read(connectingWithin(seconds, nanos)))
        .isInstanceOf(ResourceRefused.class)
        .hasMessage("v1: connect_timeout: must be greater than 0");
  }

  private static Cluster connectingWithin(long seconds, int nanos) {
    return EDS.toBuilder()
        .setConnectTimeout(Duration.newBuilder().setSeconds(seconds).setNanos(nanos))
        .build();
  }

  // ---- transport_socket_matches, transport_socket

  @Test
  void mutualTlsWhereTheEndpointCanAndPlaintextElse() throws ResourceRefused {
    var settings =
        read(EDS.toBuilder()
                .addTransportSocketMatches(matching("istio", tls(typed(ALICE))))
                .addTransportSocketMatches(fallback())
                .build())
            .value()
            .settings();
    assertThat(settings.tls()).isEqualTo(TO_ALICE);
    assertThat(settings.tlsRequired()).isFalse();
  }

  @Test
  void withoutAPlaintextFallbackTlsIsRequired() throws ResourceRefused {
    var settings =
        read(EDS.toBuilder()
                .addTransportSocketMatches(matching("istio", tls(typed(ALICE))))
                .build())
            .value()
            .settings();
    assertThat(settings.tls()).isEqualTo(TO_ALICE);
    assertThat(settings.tlsRequired()).isTrue();
  }

  @Test
  void aTransportSocketIsForAllEndpoints() throws ResourceRefused {
    var settings = read(EDS.toBuilder().setTransportSocket(tls(typed(ALICE))).build());
    assertThat(settings.value().settings().tls()).isEqualTo(TO_ALICE);
    assertThat(settings.value().settings().tlsRequired()).isTrue();
  }

  /** As Envoy's, with what is on the workload's disk. */
  @Test
  void tlsWithFilesIsNotTheMeshs() throws ResourceRefused {
    CertificateValidationContext validation =
        CertificateValidationContext.newBuilder()
            .setTrustedCa(DataSource.newBuilder().setFilename("/ca.pem"))
            .setCrl(DataSource.newBuilder().setFilename("/crl.pem"))
            .addMatchTypedSubjectAltNames(
                SubjectAltNameMatcher.newBuilder()
                    .setSanType(SubjectAltNameMatcher.SanType.DNS)
                    .setMatcher(StringMatcher.newBuilder().setExact("api.example.com")))
            .build();
    var settings = read(EDS.toBuilder().setTransportSocket(socket(validation, true)).build());
    assertThat(settings.value().settings().tls())
        .isEqualTo(
            new OriginatedTls(
                "api.example.com",
                List.of("api.example.com"),
                true,
                "/ca.pem",
                "/crl.pem",
                new OriginatedTls.ClientCertificate("/chain.pem", "/key.pem"),
                List.of("h2")));
    assertThat(settings.value().settings().tlsRequired()).isTrue();
    CertificateValidationContext systems =
        CertificateValidationContext.newBuilder()
            .setSystemRootCerts(CertificateValidationContext.SystemRootCerts.getDefaultInstance())
            .build();
    assertThat(
            read(EDS.toBuilder().setTransportSocket(socket(systems, false)).build())
                .value()
                .settings()
                .tls())
        .isEqualTo(
            new OriginatedTls("api.example.com", List.of(), true, null, null, null, List.of("h2")));
    assertThatThrownBy(
            () ->
                read(
                    EDS.toBuilder()
                        .setTransportSocket(
                            socket(CertificateValidationContext.getDefaultInstance(), true))
                        .build()))
        .isInstanceOf(ResourceRefused.class)
        .hasMessageContaining("anybody would be believed");
  }

  private static TransportSocket socket(
      CertificateValidationContext validation, boolean certificate) {
    CommonTlsContext.Builder common =
        CommonTlsContext.newBuilder().addAlpnProtocols("h2").setValidationContext(validation);
    if (certificate) {
      common.addTlsCertificates(
          TlsCertificate.newBuilder()
              .setCertificateChain(DataSource.newBuilder().setFilename("/chain.pem"))
              .setPrivateKey(DataSource.newBuilder().setFilename("/key.pem")));
    }
    UpstreamTlsContext context =
        UpstreamTlsContext.newBuilder()
            .setSni("api.example.com")
            .setCommonTlsContext(common)
            .build();
    return TransportSocket.newBuilder()
        .setTypedConfig(
            Any.newBuilder()
                .setTypeUrl(
                    "type.googleapis.com/"
                        + "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext")
                .setValue(context.toByteString()))
        .build();
  }

  @Test
  void theDeprecatedNamesOfPeersCountAsWell() throws ResourceRefused {
    var settings =
        read(
            EDS.toBuilder()
                .setTransportSocket(
                    tls(
                        CertificateValidationContext.newBuilder()
                            .addMatchSubjectAltNames(StringMatcher.newBuilder().setExact(ALICE))
                            .build()))
                .build());
    assertThat(settings.value().settings().tls()).isEqualTo(TO_ALICE);
  }

  @Test
  void peersThatCannotBeListedAreRefused() {
    assertThatThrownBy(
            () ->
                read(
                    EDS.toBuilder()
                        .setTransportSocket(
                            tls(
                                CertificateValidationContext.newBuilder()
                                    .addMatchSubjectAltNames(
                                        StringMatcher.newBuilder().setPrefix("spiffe://"))
                                    .build()))
                        .build()))
        .isInstanceOf(ResourceRefused.class)
        .hasMessageContaining("transport_socket.match_subject_alt_names: only an exact match");
  }

  @Test
  void otherMatchesAndSocketsAreRefused() {
    assertThatThrownBy(
            () ->
                read(
                    EDS.toBuilder()
                        .addTransportSocketMatches(matching("other", tls(typed(ALICE))))
                        .build()))
        .isInstanceOf(ResourceRefused.class);
    assertThatThrownBy(
            () ->
                read(
                    EDS.toBuilder()
                        .setTransportSocket(
                            TransportSocket.newBuilder()
                                .setTypedConfig(Any.newBuilder().setTypeUrl("x/quic.Quic")))
                        .build()))
        .isInstanceOf(ResourceRefused.class)
        .hasMessageContaining("quic.Quic");
  }

  // ---- ClusterLoadAssignment

  @Test
  void endpoint() throws ResourceRefused {
    List<Endpoint> endpoints =
        endpoints(
            locality(
                0,
                lbEndpoint("10.0.0.1", HealthStatus.HEALTHY)
                    .setLoadBalancingWeight(UInt32Value.of(3))
                    .setMetadata(
                        Metadata.newBuilder()
                            .putFilterMetadata(
                                "envoy.transport_socket_match", struct("tlsMode", "istio"))
                            .putFilterMetadata(
                                "istio",
                                struct("workload", "catalog-v1").toBuilder()
                                    .putAllFields(struct("version", "").getFieldsMap())
                                    .putFields(
                                        "labels",
                                        Value.newBuilder()
                                            .setStructValue(
                                                struct("app", "catalog").toBuilder()
                                                    .putAllFields(
                                                        struct(
                                                                "service.istio.io/canonical-name",
                                                                "things")
                                                            .getFieldsMap()))
                                            .build())
                                    .build())),
                lbEndpoint("fd00::1", HealthStatus.UNKNOWN)));
    assertThat(endpoints.get(0).address().getHostString()).isEqualTo("10.0.0.1");
    assertThat(endpoints.get(0).address().getPort()).isEqualTo(8080);
    assertThat(endpoints.get(0).address().isUnresolved()).isFalse();
    assertThat(endpoints.get(0).meshTls()).isTrue();
    assertThat(endpoints.get(0).weight()).isEqualTo(3);
    assertThat(endpoints.get(0).metadata())
        .isEqualTo(
            Map.of("workload", "catalog-v1", "app", "catalog", "canonical_service", "things"));
    assertThat(endpoints.get(1).meshTls()).isFalse();
    assertThat(endpoints.get(1).weight()).isEqualTo(1);
    assertThat(endpoints.get(1).draining()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "UNKNOWN, HEALTHY",
    "HEALTHY, HEALTHY",
    "DEGRADED, DEGRADED",
    "UNHEALTHY, UNHEALTHY",
    "DRAINING, DRAINING",
    "TIMEOUT, UNHEALTHY"
  })
  void healthStatus(HealthStatus status, Health health) throws ResourceRefused {
    assertThat(endpoints(locality(0, lbEndpoint("10.0.0.1", status))).get(0).health())
        .isEqualTo(health);
  }

  @Test
  void prioritiesAndLocalities() throws ResourceRefused {
    LocalityLbEndpoints near =
        locality(0, lbEndpoint("10.0.0.1", HealthStatus.UNHEALTHY)).toBuilder()
            .setLocality(Locality.newBuilder().setRegion("eu").setZone("a"))
            .setLoadBalancingWeight(UInt32Value.of(7))
            .build();
    LocalityLbEndpoints far =
        locality(1, lbEndpoint("10.0.0.2", HealthStatus.HEALTHY)).toBuilder()
            .setLocality(Locality.newBuilder().setRegion("us").setZone("b").setSubZone("c"))
            .build();
    Assignment assignment = assignment(near, far);
    assertThat(assignment.localities())
        .extracting(LocalityEndpoints::locality, LocalityEndpoints::priority, it -> it.weight())
        .containsExactly(tuple("eu/a", 0, 7), tuple("us/b/c", 1, 0));
    assertThat(assignment.overprovisioning()).isEqualTo(140);
    assertThat(assignment.weightedHealth()).isFalse();
  }

  @Test
  void assignmentPolicy() throws ResourceRefused {
    Assignment assignment =
        Translation.endpoints(
                "v1",
                any(
                    "envoy.config.endpoint.v3.ClusterLoadAssignment",
                    ClusterLoadAssignment.newBuilder()
                        .setPolicy(
                            ClusterLoadAssignment.Policy.newBuilder()
                                .setOverprovisioningFactor(UInt32Value.of(100))
                                .setWeightedPriorityHealth(true))
                        .build()))
            .value();
    assertThat(assignment).isEqualTo(new Assignment(List.of(), 100, true));
  }

  @Test
  void aPriorityBeyondEnvoysIsRefused() {
    assertThatThrownBy(() -> endpoints(locality(129)))
        .isInstanceOf(ResourceRefused.class)
        .hasMessageContaining("endpoints[0].priority: must be at most 128");
  }

  @Test
  void aHostNameIsNoAddress() {
    assertThatThrownBy(() -> endpoints(locality(0, lbEndpoint("catalog", HealthStatus.HEALTHY))))
        .isInstanceOf(ResourceRefused.class)
        .hasMessageContaining("endpoints[0].lb_endpoints[0].endpoint.address")
        .hasMessageContaining("\"catalog\" is not an IP address");
  }

  // ---- building blocks

  private static Translation<ClusterResource> read(Cluster cluster) throws ResourceRefused {
    return Translation.cluster("v1", any("envoy.config.cluster.v3.Cluster", cluster));
  }

  private static Cluster.TransportSocketMatch matching(String tlsMode, TransportSocket socket) {
    return Cluster.TransportSocketMatch.newBuilder()
        .setName("tlsMode-" + tlsMode)
        .setMatch(struct("tlsMode", tlsMode))
        .setTransportSocket(socket)
        .build();
  }

  private static Cluster.TransportSocketMatch fallback() {
    return Cluster.TransportSocketMatch.newBuilder()
        .setName("tlsMode-disabled")
        .setTransportSocket(
            TransportSocket.newBuilder()
                .setName("envoy.transport_sockets.raw_buffer")
                .setTypedConfig(
                    Any.newBuilder()
                        .setTypeUrl(
                            "type.googleapis.com/"
                                + "envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer")))
        .build();
  }

  private static CertificateValidationContext typed(String uri) {
    return CertificateValidationContext.newBuilder()
        .addMatchTypedSubjectAltNames(
            SubjectAltNameMatcher.newBuilder()
                .setSanType(SubjectAltNameMatcher.SanType.URI)
                .setMatcher(StringMatcher.newBuilder().setExact(uri)))
        .build();
  }

  private static TransportSocket tls(CertificateValidationContext validation) {
    return TransportSocket.newBuilder()
        .setName("envoy.transport_sockets.tls")
        .setTypedConfig(
            any(
                "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
                UpstreamTlsContext.newBuilder()
                    .setSni(TO_ALICE.sni())
                    .setCommonTlsContext(
                        CommonTlsContext.newBuilder()
                            .addAllAlpnProtocols(TO_ALICE.applicationProtocols())
                            .setCombinedValidationContext(
                                CommonTlsContext.CombinedCertificateValidationContext.newBuilder()
                                    .setDefaultValidationContext(validation)))
                    .build()))
        .build();
  }

  private static List<Endpoint> endpoints(LocalityLbEndpoints... localities)
      throws ResourceRefused {
    return assignment(localities).endpoints();
  }

  private static Assignment assignment(LocalityLbEndpoints... localities) throws ResourceRefused {
    return Translation.endpoints(
            "v1",
            any(
                "envoy.config.endpoint.v3.ClusterLoadAssignment",
                ClusterLoadAssignment.newBuilder().addAllEndpoints(List.of(localities)).build()))
        .value();
  }

  private static LocalityLbEndpoints locality(int priority, LbEndpoint.Builder... endpoints) {
    LocalityLbEndpoints.Builder locality = LocalityLbEndpoints.newBuilder().setPriority(priority);
    for (LbEndpoint.Builder endpoint : endpoints) {
      locality.addLbEndpoints(endpoint);
    }
    return locality.build();
  }

  private static LbEndpoint.Builder lbEndpoint(String ip, HealthStatus status) {
    return LbEndpoint.newBuilder()
        .setHealthStatus(status)
        .setEndpoint(
            dev.weft.xds.proto.Endpoint.newBuilder()
                .setAddress(
                    Address.newBuilder()
                        .setSocketAddress(
                            SocketAddress.newBuilder().setAddress(ip).setPortValue(8080))));
  }

  private static Struct struct(String name, String value) {
    return Struct.newBuilder()
        .putFields(name, Value.newBuilder().setStringValue(value).build())
        .build();
  }

  private static Any any(String type, MessageLite message) {
    return Any.newBuilder()
        .setTypeUrl("type.googleapis.com/" + type)
        .setValue(message.toByteString())
        .build();
  }
}
