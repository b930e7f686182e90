package dev.weft.identity;

import java.util.List;

/** Signs this workload's certificate requests: Istio's {@code CreateCertificate}. */
@FunctionalInterface
public interface CertificateAuthority {

  /**
   * May block; is only called on the identity's own thread.
   *
   * @param certificateRequest PKCS#10, PEM
   * @param validitySeconds what is asked for; 0: the authority's default
   * @return PEM: the leaf first, then intermediates, the trust bundle last
   * @throws Exception any reason why there is no certificate; it will be tried again
   */
  List<String> sign(String certificateRequest, long validitySeconds) throws Exception;
}
