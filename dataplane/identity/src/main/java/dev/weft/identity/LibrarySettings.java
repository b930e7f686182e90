package dev.weft.identity;

import java.util.List;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * What a library has set on an engine or socket of ours and expects to read back. Only its ALPN
 * names have an effect, translated. The identification algorithm reads as HTTPS from the start,
 * because the handshake does identify the peer: HttpsURLConnection then leaves it at that.
 */
final class LibrarySettings {

  private List<String> applicationProtocols = List.of();
  private @Nullable String identificationAlgorithm = "HTTPS";

  List<String> applicationProtocols() {
    return applicationProtocols;
  }

  void remember(SSLParameters parameters) {
    applicationProtocols = List.of(parameters.getApplicationProtocols());
    identificationAlgorithm = parameters.getEndpointIdentificationAlgorithm();
  }

  /**
   * @param parameters the JDK's, changed and returned
   */
  SSLParameters restore(SSLParameters parameters) {
    parameters.setApplicationProtocols(applicationProtocols.toArray(String[]::new));
    parameters.setEndpointIdentificationAlgorithm(identificationAlgorithm);
    return parameters;
  }
}
