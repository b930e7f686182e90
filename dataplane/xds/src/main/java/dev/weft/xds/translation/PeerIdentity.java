package dev.weft.xds.translation;

import dev.weft.engine.spi.OriginatedTls;
import dev.weft.engine.spi.PeerTls;
import dev.weft.engine.spi.UpstreamTls;
import dev.weft.xds.proto.CertificateValidationContext;
import dev.weft.xds.proto.Cluster;
import dev.weft.xds.proto.CommonTlsContext;
import dev.weft.xds.proto.StringMatcher;
import dev.weft.xds.proto.SubjectAltNameMatcher;
import dev.weft.xds.proto.TransportSocket;
import dev.weft.xds.proto.UpstreamTlsContext;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A cluster's transport sockets: TLS with whom, and to which endpoints. Nothing here is ignored: a
 * wrong peer must not be talked to.
 *
 * @param tls null: plaintext
 * @param required no endpoint is spoken to in plaintext
 */
record PeerIdentity(@Nullable UpstreamTls tls, boolean required) {

  static final String TLS_MODE = "tlsMode";
  static final String ISTIO = "istio";

  private static final String UPSTREAM_TLS =
      "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext";
  private static final String RAW_BUFFER =
      "envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer";

  private static final PeerIdentity PLAINTEXT = new PeerIdentity(null, false);

  private static final int[] CONTEXT_HARMLESS = {
    3, // allow_renegotiation
    4, // max_session_keys
    5, // enforce_rsa_key_usage
    6, // auto_host_sni
  };

  // Whose certificate and trust are meant: always the workload's own.
  private static final int[] COMMON_HARMLESS = {
    1, // tls_params
    6, // tls_certificate_sds_secret_configs
    7, // validation_context_sds_secret_config
    9, // tls_certificate_certificate_provider
    10, // validation_context_certificate_provider
    11, // tls_certificate_certificate_provider_instance
    12, // validation_context_certificate_provider_instance
    14, // tls_certificate_provider_instance
    15 // key_log
  };
  private static final int[] VALIDATION_HARMLESS = {
    11, // watched_directory
    13, // ca_certificate_provider_instance
    16 // max_verify_depth
  };

  /**
   * Envoy's choice: the first transport_socket_matches entry that an endpoint's metadata satisfies,
   * else transport_socket. One thing is stricter: where nothing says that plaintext is wanted for
   * endpoints without mesh TLS, they are not used.
   */
  static PeerIdentity of(Cluster cluster, Findings findings) throws ResourceRefused {
    if (cluster.getTransportSocketMatchesCount() == 0) {
      UpstreamTls tls = tls(cluster.getTransportSocket(), "transport_socket", findings);
      return tls == null ? PLAINTEXT : new PeerIdentity(tls, true);
    }
    PeerTls tls = null;
    for (Cluster.TransportSocketMatch match : cluster.getTransportSocketMatchesList()) {
      String at = "transport_socket_matches[" + match.getName() + "]";
      PeerTls found = meshTls(match.getTransportSocket(), at + ".transport_socket", findings);
      if (match.getMatch().getFieldsCount() == 0) {
        return found == null ? new PeerIdentity(tls, false) : required(tls, found, at, findings);
      }
      boolean meshEndpoints =
          match.getMatch().getFieldsCount() == 1
              && ISTIO.equals(Values.strings(match.getMatch()).get(TLS_MODE));
      if (!meshEndpoints || found == null || tls != null) {
        throw findings.refusal(
            at + ".match", "only one for tlsMode: istio, with TLS, is supported");
      }
      tls = found;
    }
    return new PeerIdentity(tls, true);
  }

  private static PeerIdentity required(
      @Nullable PeerTls tls, PeerTls fallback, String at, Findings findings)
      throws ResourceRefused {
    if (tls != null && !tls.equals(fallback)) {
      throw findings.refusal(at, "two different TLS settings for one cluster are not supported");
    }
    return new PeerIdentity(fallback, true);
  }

  private static @Nullable PeerTls meshTls(TransportSocket socket, String at, Findings findings)
      throws ResourceRefused {
    UpstreamTls tls = tls(socket, at, findings);
    if (tls instanceof OriginatedTls) {
      throw findings.refusal(at, "only the mesh's TLS can be had for some of the endpoints");
    }
    return (PeerTls) tls;
  }

  private static @Nullable UpstreamTls tls(TransportSocket socket, String at, Findings findings)
      throws ResourceRefused {
    String type = Values.typeName(socket.getTypedConfig());
    if (type.equals(RAW_BUFFER) || socket.equals(TransportSocket.getDefaultInstance())) {
      return null;
    }
    if (!type.equals(UPSTREAM_TLS)) {
      throw findings.refusal(at, type + " is not supported");
    }
    UpstreamTlsContext context =
        Values.unpack(socket.getTypedConfig(), UpstreamTlsContext.parser(), at, findings);
    findings.refuseUnread(context, at, CONTEXT_HARMLESS);
    CommonTlsContext common = context.getCommonTlsContext();
    findings.refuseUnread(common, at + ".common_tls_context", COMMON_HARMLESS);
    CertificateValidationContext validation = validation(common);
    findings.refuseUnread(validation, at + ".validation_context", VALIDATION_HARMLESS);
    if (Originations.isOne(common)) {
      return Originations.of(context, at, findings);
    }
    if (validation.hasCrl()) {
      throw findings.refusal(at + ".crl", "is not supported with the mesh's trust");
    }
    return new PeerTls(
        context.getSni(), allowedPeers(validation, at, findings), common.getAlpnProtocolsList());
  }

  static CertificateValidationContext validation(CommonTlsContext common) {
    return switch (common.getValidationContextTypeCase()) {
      case VALIDATION_CONTEXT -> common.getValidationContext();
      case COMBINED_VALIDATION_CONTEXT ->
          common.getCombinedValidationContext().getDefaultValidationContext();
      case VALIDATIONCONTEXTTYPE_NOT_SET -> CertificateValidationContext.getDefaultInstance();
    };
  }

  private static List<String> allowedPeers(
      CertificateValidationContext validation, String at, Findings findings)
      throws ResourceRefused {
    List<String> peers = new ArrayList<>();
    for (StringMatcher name : validation.getMatchSubjectAltNamesList()) {
      peers.add(exact(name, at + ".match_subject_alt_names", findings));
    }
    for (SubjectAltNameMatcher name : validation.getMatchTypedSubjectAltNamesList()) {
      String field = at + ".match_typed_subject_alt_names";
      if (name.getSanType() != SubjectAltNameMatcher.SanType.URI) {
        throw findings.refusal(field, "only the URI of a mesh identity is supported");
      }
      peers.add(exact(name.getMatcher(), field, findings));
    }
    return peers;
  }

  static String exact(StringMatcher matcher, String at, Findings findings) throws ResourceRefused {
    if (!matcher.hasExact() || matcher.getIgnoreCase()) {
      throw findings.refusal(at, "only an exact match is supported");
    }
    return matcher.getExact();
  }
}
