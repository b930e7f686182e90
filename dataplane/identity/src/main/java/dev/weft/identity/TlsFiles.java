package dev.weft.identity;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.CRL;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Files read for one TLS context, and how they were found: whether they have changed since. */
final class TlsFiles {

  /** Of a file; which one is a rule's to say, whose author may be somebody else. */
  private static final int LONGEST = 1 << 20;

  private record Stamp(@Nullable FileTime modified, long size) {

    static Stamp of(Path file) {
      try {
        return new Stamp(Files.getLastModifiedTime(file), Files.size(file));
      } catch (IOException e) {
        return new Stamp(null, -1);
      }
    }
  }

  private final Map<Path, Stamp> read = new HashMap<>();

  boolean changed() {
    return read.entrySet().stream()
        .anyMatch(entry -> !Objects.equals(Stamp.of(entry.getKey()), entry.getValue()));
  }

  List<X509Certificate> certificates(String path) throws GeneralSecurityException, IOException {
    return of(path, Pem::certificates);
  }

  PrivateKey privateKey(String path) throws GeneralSecurityException, IOException {
    return of(path, PrivateKeys::parse);
  }

  List<CRL> revocations(String path) throws GeneralSecurityException, IOException {
    return of(path, TlsFiles::revocationsIn);
  }

  private static List<CRL> revocationsIn(String pem) throws GeneralSecurityException {
    List<CRL> all =
        List.copyOf(
            CertificateFactory.getInstance("X.509", Jdk.CERTIFICATE_PROVIDER)
                .generateCRLs(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII))));
    if (all.isEmpty()) {
      // The JDK's reading of a file that is being written: that nothing is revoked.
      throw new GeneralSecurityException("holds no revocation list");
    }
    return all;
  }

  private interface Parser<T> {
    T parse(String pem) throws GeneralSecurityException;
  }

  private <T> T of(String path, Parser<T> parser) throws GeneralSecurityException, IOException {
    Path file = Path.of(path);
    // Before it is read: a change meanwhile is seen the next time.
    read.put(file, Stamp.of(file));
    String pem = text(file);
    try {
      return parser.parse(pem);
    } catch (GeneralSecurityException e) {
      throw new GeneralSecurityException(path + ": " + e.getMessage(), e);
    }
  }

  private static String text(Path file) throws GeneralSecurityException, IOException {
    // A device or a pipe might never end, or never begin.
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new GeneralSecurityException(file + ": is no regular file");
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(LONGEST + 1);
      if (bytes.length > LONGEST) {
        throw new GeneralSecurityException(file + ": is longer than a megabyte");
      }
      return new String(bytes, StandardCharsets.ISO_8859_1);
    }
  }
}
