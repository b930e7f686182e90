package dev.weft.config.agent;

import com.google.common.net.InetAddresses;
import com.google.protobuf.Any;
import dev.weft.config.model.Service;
import dev.weft.config.model.TrafficPolicy.ClientTls;
import dev.weft.config.model.TrafficPolicy.TlsFiles;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext.SystemRootCerts;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext.TrustChainVerification;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher.SanType;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsCertificate;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.List;

/**
 * TLS with servers outside the mesh (modes SIMPLE and MUTUAL) as a transport socket. Where no name
 * is given the called host's is asked for and must be proved, as Istio does by auto_sni and
 * auto_san_validation.
 */
final class Originations {

  private Originations() {}

  /**
   * @param alpn as to the mesh's servers; others know nothing of its own names
   */
  static TransportSocket socket(
      ClientTls tls, TlsFiles files, String host, Service service, List<String> alpn) {
    CommonTlsContext.Builder common =
        CommonTlsContext.newBuilder()
            .addAllAlpnProtocols(
                alpn.stream().filter(name -> !Tls.MESH_ALPN.contains(name)).toList())
            .setValidationContext(validation(tls, files, host, service));
    if (files.clientCertificate() != null && files.privateKey() != null) {
      common.addTlsCertificates(
          TlsCertificate.newBuilder()
              .setCertificateChain(file(files.clientCertificate()))
              .setPrivateKey(file(files.privateKey())));
    }
    UpstreamTlsContext context =
        UpstreamTlsContext.newBuilder()
            .setSni(tls.sni().isEmpty() ? host : tls.sni())
            .setCommonTlsContext(common)
            .build();
    return Tls.socket(Any.pack(context));
  }

  private static CertificateValidationContext validation(
      ClientTls tls, TlsFiles files, String host, Service service) {
    CertificateValidationContext.Builder validation = CertificateValidationContext.newBuilder();
    if (files.insecure()) {
      return validation.setTrustChainVerification(TrustChainVerification.ACCEPT_UNTRUSTED).build();
    }
    if (files.caCertificates() == null) {
      validation.setSystemRootCerts(SystemRootCerts.getDefaultInstance());
    } else {
      validation.setTrustedCa(file(files.caCertificates()));
    }
    if (files.caCrl() != null) {
      validation.setCrl(file(files.caCrl()));
    }
    List<String> names = tls.subjectAltNames();
    if (names.isEmpty()) {
      names = service.subjectAltNames().isEmpty() ? List.of(host) : service.subjectAltNames();
    }
    for (String name : names) {
      validation.addMatchTypedSubjectAltNames(
          SubjectAltNameMatcher.newBuilder()
              .setSanType(type(name))
              .setMatcher(StringMatcher.newBuilder().setExact(name)));
    }
    return validation.build();
  }

  private static SanType type(String name) {
    if (name.contains("://")) {
      return SanType.URI;
    }
    return InetAddresses.isInetAddress(name) ? SanType.IP_ADDRESS : SanType.DNS;
  }

  private static DataSource file(String path) {
    return DataSource.newBuilder().setFilename(path).build();
  }
}
