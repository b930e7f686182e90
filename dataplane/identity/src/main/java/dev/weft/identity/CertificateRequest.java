package dev.weft.identity;

import static dev.weft.identity.DerWriter.asciiString;
import static dev.weft.identity.DerWriter.bitString;
import static dev.weft.identity.DerWriter.bool;
import static dev.weft.identity.DerWriter.constructed;
import static dev.weft.identity.DerWriter.objectIdentifier;
import static dev.weft.identity.DerWriter.octetString;
import static dev.weft.identity.DerWriter.sequence;
import static dev.weft.identity.DerWriter.setOf;
import static dev.weft.identity.DerWriter.smallInteger;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.Signature;

/** A PKCS#10 request (RFC 2986): empty subject, the SPIFFE ID as its only alternative name. */
final class CertificateRequest {

  private static final byte[] ECDSA_WITH_SHA256 = objectIdentifier(1, 2, 840, 10045, 4, 3, 2);
  private static final byte[] EXTENSION_REQUEST = objectIdentifier(1, 2, 840, 113549, 1, 9, 14);
  private static final byte[] SUBJECT_ALTERNATIVE_NAME = objectIdentifier(2, 5, 29, 17);
  private static final int URI = 6;

  private CertificateRequest() {}

  static String pem(KeyPair key, SpiffeId id) throws GeneralSecurityException {
    byte[] info =
        sequence(
            smallInteger(0),
            sequence(),
            key.getPublic().getEncoded(),
            constructed(
                0, sequence(EXTENSION_REQUEST, setOf(sequence(subjectAlternativeName(id))))));
    Signature signature = Signature.getInstance("SHA256withECDSA", Jdk.EC_PROVIDER);
    signature.initSign(key.getPrivate());
    signature.update(info);
    byte[] request = sequence(info, sequence(ECDSA_WITH_SHA256), bitString(signature.sign()));
    return Pem.encode("CERTIFICATE REQUEST", request);
  }

  /** Critical, as RFC 5280 §4.2.1.6 wants it where the subject is empty. */
  private static byte[] subjectAlternativeName(SpiffeId id) {
    return sequence(
        SUBJECT_ALTERNATIVE_NAME,
        bool(true),
        octetString(sequence(asciiString(URI, id.toString()))));
  }
}
