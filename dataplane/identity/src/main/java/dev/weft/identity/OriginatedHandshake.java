package dev.weft.identity;

import dev.weft.engine.spi.OriginatedTls;
import dev.weft.engine.spi.TlsStatistics;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;

/** With servers that aren't the mesh's: the configured server name, plain ALPN names. */
final class OriginatedHandshake implements ClientHandshake {

  private final List<SNIServerName> serverNames;
  private final List<String> applicationProtocols;
  private final TlsStatistics statistics;

  OriginatedHandshake(OriginatedTls tls, TlsStatistics statistics) {
    this.statistics = statistics;
    applicationProtocols = tls.applicationProtocols();
    List<SNIServerName> names = List.of();
    try {
      names = tls.sni().isEmpty() ? names : List.of(new SNIHostName(tls.sni()));
    } catch (IllegalArgumentException e) {
      // An IP address, say, which RFC 6066 §3 doesn't permit: no name is sent.
    }
    serverNames = names;
  }

  @Override
  public SSLParameters rewrite(SSLParameters parameters, List<String> offered) {
    List<String> wanted = applicationProtocols.stream().filter(offered::contains).toList();
    parameters.setServerNames(serverNames);
    // Where the library can't speak what is configured, the server may choose.
    parameters.setApplicationProtocols(
        (wanted.isEmpty() ? offered : wanted).toArray(String[]::new));
    return parameters;
  }

  @Override
  public TlsStatistics statistics() {
    return statistics;
  }

  /** The trust manager has judged. */
  @Override
  public void ended(SSLSession session) {}
}
