package dev.weft.config.istio;

import dev.weft.config.model.TrafficPolicy.ClientTls;
import dev.weft.config.model.TrafficPolicy.TlsFiles;
import dev.weft.config.model.TrafficPolicy.TlsMode;
import dev.weft.config.source.Fields;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads a traffic policy's {@code tls}, with what Istio's validateTLS demands. */
final class ClientTlsSettings {

  /** Istio's word for what the client's runtime trusts. */
  private static final String SYSTEM = "system";

  private static final String[] FILES = {
    "clientCertificate", "privateKey", "caCertificates", "caCrl", "credentialName"
  };

  private ClientTlsSettings() {}

  static @Nullable ClientTls read(Fields fields) {
    TlsMode mode = fields.oneOf("mode", TlsMode.class);
    String sni = fields.string("sni");
    List<String> names = fields.strings("subjectAltNames");
    if (mode == null) {
      boolean wrong = fields.has("mode");
      if (!wrong) {
        fields.warning("mode", "is not set, which means DISABLE: plaintext");
      }
      fields.skip(FILES);
      fields.skip("insecureSkipVerify");
      // In protobuf an unset mode is the first one.
      return wrong ? null : new ClientTls(TlsMode.DISABLE, "", List.of(), null);
    }
    TlsFiles files =
        mode == TlsMode.SIMPLE || mode == TlsMode.MUTUAL ? files(fields, mode) : none(fields, mode);
    return new ClientTls(mode, sni == null ? "" : sni, names, files);
  }

  private static @Nullable TlsFiles none(Fields fields, TlsMode mode) {
    for (String name : FILES) {
      if (fields.has(name)) {
        fields.error(name, "must not be given with mode " + mode);
      }
    }
    fields.skip(FILES);
    if (Boolean.TRUE.equals(fields.bool("insecureSkipVerify"))) {
      fields.error("insecureSkipVerify", "must not be given with mode " + mode);
    }
    return null;
  }

  private static TlsFiles files(Fields fields, TlsMode mode) {
    String certificate = path(fields, "clientCertificate");
    String key = path(fields, "privateKey");
    String roots = path(fields, "caCertificates");
    String revoked = path(fields, "caCrl");
    boolean insecure = Boolean.TRUE.equals(fields.bool("insecureSkipVerify"));
    if (fields.string("credentialName") != null) {
      fields.error(
          "credentialName",
          "names a Kubernetes Secret, and there is no Kubernetes here: give the paths of files at"
              + " the workload, in clientCertificate, privateKey and caCertificates");
    } else if (mode == TlsMode.MUTUAL) {
      required(fields, "clientCertificate", certificate);
      required(fields, "privateKey", key);
    } else if (certificate != null || key != null) {
      fields.warning(
          certificate == null ? "privateKey" : "clientCertificate",
          "is not shown with mode SIMPLE; MUTUAL is what does");
    }
    if (insecure && (roots != null || revoked != null)) {
      fields.error(
          roots == null ? "caCrl" : "caCertificates", "must not be given with insecureSkipVerify");
    }
    boolean shown = mode == TlsMode.MUTUAL;
    return new TlsFiles(
        shown ? certificate : null,
        shown ? key : null,
        SYSTEM.equals(roots) ? null : roots,
        revoked,
        insecure);
  }

  private static @Nullable String path(Fields fields, String name) {
    String path = fields.string(name);
    return path == null || path.isEmpty() ? null : path;
  }

  private static void required(Fields fields, String name, @Nullable String path) {
    if (path == null) {
      fields.error(name, "is required with mode MUTUAL");
    }
  }
}
