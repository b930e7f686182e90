package dev.weft.config.agent;

import com.google.protobuf.Any;
import com.google.protobuf.BoolValue;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.Collection;
import java.util.List;

/** The mesh's mutual TLS as transport sockets, with Istio's names. */
final class Tls {

  /** What a mesh client says in its ClientHello, and no other client does. */
  static final List<String> MESH_ALPN =
      List.of("istio", "istio-peer-exchange", "istio-http/1.0", "istio-http/1.1", "istio-h2");

  static final List<String> HTTP1 = List.of("istio-http/1.1", "istio", "http/1.1");
  static final List<String> HTTP2 = List.of("istio-h2", "istio", "h2");

  /** Of these a client's library offers what its application has it speak. */
  static final List<String> EITHER =
      List.of("istio-h2", "istio-http/1.1", "istio", "h2", "http/1.1");

  private static final String CERTIFICATE = "default";
  private static final String TRUST = "ROOTCA";

  /** Plaintext. */
  static final TransportSocket RAW =
      TransportSocket.newBuilder()
          .setName("envoy.transport_sockets.raw_buffer")
          .setTypedConfig(Any.pack(RawBuffer.getDefaultInstance()))
          .build();

  private Tls() {}

  /**
   * Towards a destination.
   *
   * @param alpn what is offered, in order of preference
   * @param identities SPIFFE IDs that may serve it; never empty, which would mean any
   */
  static TransportSocket client(String sni, List<String> alpn, Collection<String> identities) {
    CertificateValidationContext.Builder validation = CertificateValidationContext.newBuilder();
    for (String identity : identities) {
      validation.addMatchTypedSubjectAltNames(
          uri(StringMatcher.newBuilder().setExact(identity).build()));
    }
    UpstreamTlsContext context =
        UpstreamTlsContext.newBuilder()
            .setSni(sni)
            .setCommonTlsContext(common(alpn, validation))
            .build();
    return socket(Any.pack(context));
  }

  /** On a listening port: any identity of these trust domains. */
  static TransportSocket server(Collection<String> trustDomains) {
    CertificateValidationContext.Builder validation = CertificateValidationContext.newBuilder();
    for (String domain : trustDomains) {
      validation.addMatchTypedSubjectAltNames(
          uri(StringMatcher.newBuilder().setPrefix("spiffe://" + domain + "/").build()));
    }
    DownstreamTlsContext context =
        DownstreamTlsContext.newBuilder()
            .setRequireClientCertificate(BoolValue.of(true))
            .setCommonTlsContext(common(EITHER, validation))
            .build();
    return socket(Any.pack(context));
  }

  private static CommonTlsContext common(
      List<String> alpn, CertificateValidationContext.Builder validation) {
    return CommonTlsContext.newBuilder()
        .addAllAlpnProtocols(alpn)
        .addTlsCertificateSdsSecretConfigs(secret(CERTIFICATE))
        .setCombinedValidationContext(
            CommonTlsContext.CombinedCertificateValidationContext.newBuilder()
                .setDefaultValidationContext(validation)
                .setValidationContextSdsSecretConfig(secret(TRUST)))
        .build();
  }

  private static SdsSecretConfig secret(String name) {
    return SdsSecretConfig.newBuilder().setName(name).setSdsConfig(Protos.ADS).build();
  }

  private static SubjectAltNameMatcher uri(StringMatcher matcher) {
    return SubjectAltNameMatcher.newBuilder()
        .setSanType(SubjectAltNameMatcher.SanType.URI)
        .setMatcher(matcher)
        .build();
  }

  static TransportSocket socket(Any context) {
    return TransportSocket.newBuilder()
        .setName("envoy.transport_sockets.tls")
        .setTypedConfig(context)
        .build();
  }
}
