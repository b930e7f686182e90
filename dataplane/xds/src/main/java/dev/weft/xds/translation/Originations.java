package dev.weft.xds.translation;

import dev.weft.engine.spi.OriginatedTls;
import dev.weft.engine.spi.OriginatedTls.ClientCertificate;
import dev.weft.xds.proto.CertificateValidationContext;
import dev.weft.xds.proto.CertificateValidationContext.TrustChainVerification;
import dev.weft.xds.proto.CommonTlsContext;
import dev.weft.xds.proto.DataSource;
import dev.weft.xds.proto.StringMatcher;
import dev.weft.xds.proto.SubjectAltNameMatcher;
import dev.weft.xds.proto.TlsCertificate;
import dev.weft.xds.proto.UpstreamTlsContext;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** UpstreamTlsContexts that have nothing of the mesh's: their certificates and roots are files. */
final class Originations {

  private static final int[] CERTIFICATE_HARMLESS = {
    7 // watched_directory
  };

  private Originations() {}

  static boolean isOne(CommonTlsContext common) {
    CertificateValidationContext validation = PeerIdentity.validation(common);
    return validation.getTrustedCa().hasFilename()
        || validation.hasSystemRootCerts()
        || validation.getTrustChainVerification() == TrustChainVerification.ACCEPT_UNTRUSTED
        || common.getTlsCertificatesList().stream()
            .anyMatch(certificate -> certificate.getCertificateChain().hasFilename());
  }

  /** Of a context whose unread fields are known to be harmless. */
  static OriginatedTls of(UpstreamTlsContext context, String at, Findings findings)
      throws ResourceRefused {
    CommonTlsContext common = context.getCommonTlsContext();
    CertificateValidationContext validation = PeerIdentity.validation(common);
    boolean roots = validation.hasTrustedCa() || validation.hasSystemRootCerts();
    boolean verified =
        validation.getTrustChainVerification() == TrustChainVerification.VERIFY_TRUST_CHAIN
            && roots;
    if (!roots
        && validation.getTrustChainVerification() != TrustChainVerification.ACCEPT_UNTRUSTED) {
      throw findings.refusal(
          at + ".validation_context",
          "without trusted_ca, system_root_certs or ACCEPT_UNTRUSTED anybody would be believed");
    }
    return new OriginatedTls(
        context.getSni(),
        names(validation, at, findings),
        verified,
        validation.hasTrustedCa()
            ? file(validation.getTrustedCa(), at + ".trusted_ca", findings)
            : null,
        validation.hasCrl() ? file(validation.getCrl(), at + ".crl", findings) : null,
        client(common, at, findings),
        common.getAlpnProtocolsList());
  }

  private static @Nullable ClientCertificate client(
      CommonTlsContext common, String at, Findings findings) throws ResourceRefused {
    if (common.getTlsCertificatesCount() == 0) {
      return null;
    }
    String field = at + ".tls_certificates";
    if (common.getTlsCertificatesCount() > 1) {
      throw findings.refusal(field, "only one is supported");
    }
    TlsCertificate certificate = common.getTlsCertificates(0);
    findings.refuseUnread(certificate, field, CERTIFICATE_HARMLESS);
    return new ClientCertificate(
        file(certificate.getCertificateChain(), field + ".certificate_chain", findings),
        file(certificate.getPrivateKey(), field + ".private_key", findings));
  }

  private static String file(DataSource source, String at, Findings findings)
      throws ResourceRefused {
    if (!source.hasFilename()) {
      throw findings.refusal(at, "only a file is supported");
    }
    return source.getFilename();
  }

  /** Their kinds don't matter: a DNS name, a URI and an address are never alike. */
  private static List<String> names(
      CertificateValidationContext validation, String at, Findings findings)
      throws ResourceRefused {
    List<String> names = new ArrayList<>();
    for (StringMatcher name : validation.getMatchSubjectAltNamesList()) {
      names.add(PeerIdentity.exact(name, at + ".match_subject_alt_names", findings));
    }
    for (SubjectAltNameMatcher name : validation.getMatchTypedSubjectAltNamesList()) {
      String field = at + ".match_typed_subject_alt_names";
      switch (name.getSanType()) {
        case DNS, URI, IP_ADDRESS ->
            names.add(PeerIdentity.exact(name.getMatcher(), field, findings));
        default -> throw findings.refusal(field, name.getSanType().name() + " is not supported");
      }
    }
    return names;
  }
}
