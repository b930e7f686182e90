package dev.weft.config.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.config.Fixtures;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext.TrustChainVerification;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher.SanType;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import org.junit.jupiter.api.Test;

/** Istio, ClientTLSSettings of the modes SIMPLE and MUTUAL: pilot's cluster_tls.go. */
class OriginationsTest {

  private static final String HOST = "api.example.com";

  private static UpstreamTlsContext context(String protocol, String more, String tls)
      throws Exception {
    String yaml =
        """
        apiVersion: networking.istio.io/v1
        kind: ServiceEntry
        metadata: {name: api, namespace: shop}
        spec:
          hosts: [api.example.com]
          resolution: STATIC
          ports: [{number: 80, name: p, protocol: %s, targetPort: 443}]
          endpoints: [{address: 192.0.2.1}]%s
        ---
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: api, namespace: shop}
        spec: {host: api.example.com, trafficPolicy: {tls: {%s}}}
        """
            .formatted(protocol, more, tls);
    Cluster cluster =
        new AgentGenerator(Fixtures.model(yaml))
            .cluster(Fixtures.client("web"), "outbound|80||" + HOST)
            .orElseThrow();
    assertThat(cluster.getTransportSocketMatchesCount()).isZero();
    return cluster.getTransportSocket().getTypedConfig().unpack(UpstreamTlsContext.class);
  }

  @Test
  void theCalledHostIsAskedForAndProved() throws Exception {
    UpstreamTlsContext context = context("HTTP", "", "mode: SIMPLE");
    assertThat(context.getSni()).isEqualTo(HOST);
    var common = context.getCommonTlsContext();
    assertThat(common.getAlpnProtocolsList()).containsExactly("http/1.1");
    assertThat(common.getTlsCertificatesCount()).isZero();
    var validation = common.getValidationContext();
    assertThat(validation.hasSystemRootCerts()).isTrue();
    var name = validation.getMatchTypedSubjectAltNames(0);
    assertThat(name.getSanType()).isEqualTo(SanType.DNS);
    assertThat(name.getMatcher().getExact()).isEqualTo(HOST);
  }

  /** H2UpgradePolicy. */
  @Test
  void aPortOfHttpMayBeOfferedHttp2() throws Exception {
    UpstreamTlsContext context =
        context("HTTP", "", "mode: SIMPLE}, connectionPool: {http: {h2UpgradePolicy: UPGRADE}");
    assertThat(context.getCommonTlsContext().getAlpnProtocolsList())
        .containsExactly("h2", "http/1.1");
  }

  @Test
  void everyField() throws Exception {
    UpstreamTlsContext context =
        context(
            "GRPC",
            "",
            "mode: MUTUAL, sni: other, subjectAltNames: ['spiffe://a/b', 192.0.2.1],"
                + " clientCertificate: /c.pem, privateKey: /k.pem, caCertificates: /ca.pem,"
                + " caCrl: /crl.pem");
    assertThat(context.getSni()).isEqualTo("other");
    var common = context.getCommonTlsContext();
    assertThat(common.getAlpnProtocolsList()).containsExactly("h2");
    var certificate = common.getTlsCertificates(0);
    assertThat(certificate.getCertificateChain().getFilename()).isEqualTo("/c.pem");
    assertThat(certificate.getPrivateKey().getFilename()).isEqualTo("/k.pem");
    var validation = common.getValidationContext();
    assertThat(validation.getTrustedCa().getFilename()).isEqualTo("/ca.pem");
    assertThat(validation.getCrl().getFilename()).isEqualTo("/crl.pem");
    assertThat(validation.getMatchTypedSubjectAltNamesList())
        .extracting(name -> name.getSanType() + " " + name.getMatcher().getExact())
        .containsExactly("URI spiffe://a/b", "IP_ADDRESS 192.0.2.1");
  }

  /** ServiceEntry.subject_alt_names, where the rule has none. */
  @Test
  void theServicesOwnNames() throws Exception {
    String names = "\n  subjectAltNames: [real.example.com]";
    assertThat(
            context("HTTP", names, "mode: SIMPLE, caCertificates: system")
                .getCommonTlsContext()
                .getValidationContext()
                .getMatchTypedSubjectAltNamesList())
        .extracting(name -> name.getMatcher().getExact())
        .containsExactly("real.example.com");
  }

  @Test
  void insecureSkipVerify() throws Exception {
    var validation =
        context("HTTP", "", "mode: SIMPLE, insecureSkipVerify: true")
            .getCommonTlsContext()
            .getValidationContext();
    assertThat(validation.getTrustChainVerification())
        .isEqualTo(TrustChainVerification.ACCEPT_UNTRUSTED);
    assertThat(validation.getMatchTypedSubjectAltNamesCount()).isZero();
  }
}
