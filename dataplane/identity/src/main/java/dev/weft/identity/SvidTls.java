package dev.weft.identity;

import dev.weft.engine.spi.PeerTls;
import dev.weft.engine.spi.TlsStatistics;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * TLS contexts of one SVID. Sessions live in contexts, so a renewal forgets them all: what was
 * verified by an earlier trust bundle is not resumed under a later one.
 */
final class SvidTls {

  /** Bounds how long a peer that was verified once may come back without being verified again. */
  private static final Duration LONGEST_SESSION = Duration.ofHours(1);

  private final Svid svid;
  private final ProvedServers proved;
  private final InstantSource clock;
  private final SecureRandom random;
  private final Set<String> aliases;
  private final Function<PeerTls, TlsStatistics> statistics;
  private final KeyManager[] keys;
  private final X509ExtendedTrustManager chains;
  private final SSLContext server;
  private final ConcurrentMap<PeerTls, SSLContext> clients = new ConcurrentHashMap<>();

  SvidTls(
      Svid svid,
      Set<String> aliases,
      SecureRandom random,
      ProvedServers proved,
      Function<PeerTls, TlsStatistics> statistics,
      InstantSource clock)
      throws GeneralSecurityException {
    this.aliases = aliases;
    this.statistics = statistics;
    this.svid = svid;
    this.proved = proved;
    this.clock = clock;
    this.random = random;
    keys = new KeyManager[] {new OneKeyManager(svid)};
    chains = PeerTrust.chains(svid.trustBundle());
    server = newContext(List.of());
    server.getServerSessionContext().setSessionTimeout(sessionSeconds());
  }

  @SuppressWarnings("ReferenceEquality") // one instance for one certificate obtained
  boolean isOf(Svid other, Set<String> otherAliases) {
    return svid == other && aliases.equals(otherAliases);
  }

  SSLContext clientContext(PeerTls peer) {
    SSLContext context = clients.get(peer);
    return context == null ? clients.computeIfAbsent(peer, this::newClientContext) : context;
  }

  private SSLContext newClientContext(PeerTls peer) {
    try {
      SSLContext context = newContext(peer.allowedPeers());
      context.getClientSessionContext().setSessionTimeout(sessionSeconds());
      return MeshClientContext.of(
          context, new MeshHandshake(peer, proved, clock, statistics.apply(peer)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("no TLS for " + peer, e);
    }
  }

  SSLEngine serverEngine(List<String> applicationProtocols, TlsStatistics ofCallers) {
    return new ServerEngine(server.createSSLEngine(), applicationProtocols, clock, ofCallers);
  }

  private SSLContext newContext(List<String> allowedPeers) throws GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS", Jdk.TLS_PROVIDER);
    PeerTrust trust = new PeerTrust(chains, svid.id().trustDomain(), aliases, allowedPeers);
    context.init(keys, new TrustManager[] {trust}, random);
    return context;
  }

  private int sessionSeconds() {
    long left = Duration.between(clock.instant(), svid.expiry()).toSeconds();
    return (int) Math.max(1, Math.min(left, LONGEST_SESSION.toSeconds()));
  }
}
