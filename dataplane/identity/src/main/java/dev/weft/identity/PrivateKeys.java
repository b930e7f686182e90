package dev.weft.identity;

import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Private keys in PEM without a password: PKCS #8, and OpenSSL's older forms of RSA and EC. */
final class PrivateKeys {

  private static final Pattern PEM =
      Pattern.compile("-----BEGIN ((?:RSA |EC )?PRIVATE KEY)-----([^-]*)-----END");

  private static final int[] RSA_ENCRYPTION = {1, 2, 840, 113549, 1, 1, 1};
  private static final int[] EC_PUBLIC_KEY = {1, 2, 840, 10045, 2, 1};
  private static final byte[] NULL = {5, 0};
  private static final int PARAMETERS = 0xa0;

  private record Kind(String algorithm, String provider) {}

  private static final List<Kind> KINDS =
      List.of(
          new Kind("EC", Jdk.EC_PROVIDER),
          new Kind("RSA", Jdk.RSA_PROVIDER),
          new Kind("EdDSA", Jdk.EC_PROVIDER));

  private PrivateKeys() {}

  static PrivateKey parse(String pem) throws GeneralSecurityException {
    Matcher found = PEM.matcher(pem);
    if (!found.find()) {
      throw new InvalidKeyException("no private key without a password in PEM");
    }
    byte[] der;
    try {
      der = Base64.getMimeDecoder().decode(found.group(2));
    } catch (IllegalArgumentException e) {
      throw new InvalidKeyException("the private key's PEM is damaged", e);
    }
    byte[] pkcs8 =
        switch (found.group(1)) {
          case "RSA PRIVATE KEY" ->
              pkcs8(DerWriter.sequence(DerWriter.objectIdentifier(RSA_ENCRYPTION), NULL), der);
          case "EC PRIVATE KEY" ->
              pkcs8(DerWriter.sequence(DerWriter.objectIdentifier(EC_PUBLIC_KEY), curve(der)), der);
          default -> der;
        };
    for (Kind kind : KINDS) {
      try {
        return KeyFactory.getInstance(kind.algorithm, kind.provider)
            .generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
      } catch (InvalidKeySpecException e) {
        // Another one's.
      }
    }
    throw new InvalidKeyException("a private key neither of EC, nor RSA, nor EdDSA");
  }

  private static byte[] pkcs8(byte[] algorithm, byte[] key) {
    return DerWriter.sequence(DerWriter.smallInteger(0), algorithm, DerWriter.octetString(key));
  }

  /** RFC 5915: version, key, {@code [0]} the curve, {@code [1]} the public key. */
  private static byte[] curve(byte[] der) throws InvalidKeyException {
    try {
      int at = content(der, 0);
      while (at < der.length) {
        int content = content(der, at);
        int end = content + length(der, at);
        if ((der[at] & 0xff) == PARAMETERS) {
          return Arrays.copyOfRange(der, content, end);
        }
        at = end;
      }
    } catch (ArrayIndexOutOfBoundsException e) {
      // It ends where it shouldn't.
    }
    throw new InvalidKeyException("an EC private key that doesn't name its curve");
  }

  private static int content(byte[] der, int at) {
    int first = der[at + 1] & 0xff;
    return at + 2 + (first < 0x80 ? 0 : first & 0x7f);
  }

  private static int length(byte[] der, int at) {
    int first = der[at + 1] & 0xff;
    if (first < 0x80) {
      return first;
    }
    int length = 0;
    for (int i = 0; i < (first & 0x7f); i++) {
      length = length << 8 | (der[at + 2 + i] & 0xff);
    }
    return length;
  }
}
