package dev.weft.identity;

import dev.weft.engine.spi.MeshTls;
import dev.weft.engine.spi.OriginatedTls;
import dev.weft.engine.spi.PeerTls;
import dev.weft.engine.spi.TlsStatistics;
import dev.weft.engine.spi.UpstreamTls;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * TLS with whatever SVID is current, on the JDK's own implementation. Connections made before a
 * renewal live on; the next one is made with the new certificate.
 */
public final class WorkloadTls implements MeshTls {

  private final Supplier<@Nullable Svid> identity;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();
  private final ProvedServers proved = new ProvedServers();
  private final Handshakes handshakes = new Handshakes();
  private final OriginatedContexts originated = new OriginatedContexts(random, handshakes::with);
  private volatile @Nullable SvidTls current;
  private volatile Set<String> aliases = Set.of();

  /**
   * @param identity the SVID in use, null without one; asked for each connection, e.g. {@link
   *     WorkloadIdentity#current}
   */
  public WorkloadTls(Supplier<@Nullable Svid> identity) {
    this(identity, InstantSource.system());
  }

  WorkloadTls(Supplier<@Nullable Svid> identity, InstantSource clock) {
    this.identity = identity;
    this.clock = clock;
  }

  /** Sessions of before are not resumed: they were with whom was trusted then. */
  @Override
  public void trust(Set<String> trustDomains) {
    aliases = Set.copyOf(trustDomains);
  }

  @Override
  public boolean ready() {
    return identity.get() != null;
  }

  @Override
  public void use(Set<OriginatedTls> tls) {
    originated.use(tls);
  }

  @Override
  public boolean ready(UpstreamTls tls) {
    return tls instanceof OriginatedTls other ? originated.find(other) != null : ready();
  }

  @Override
  public SSLContext clientContext(UpstreamTls tls) {
    if (tls instanceof PeerTls peer) {
      return contexts().clientContext(peer);
    }
    SSLContext context = tls instanceof OriginatedTls other ? originated.find(other) : null;
    if (context == null) {
      throw new IllegalStateException("what TLS needs can't be had: " + tls);
    }
    return context;
  }

  @Override
  public boolean remembersCaller(Socket socket) {
    return socket instanceof ClientSocket mesh && mesh.remembersCaller();
  }

  @Override
  public boolean remembersCaller(SSLEngine engine) {
    return engine instanceof ServerEngine mesh && mesh.remembersCaller();
  }

  @Override
  public SSLEngine serverEngine(List<String> applicationProtocols) {
    return contexts().serverEngine(applicationProtocols, handshakes.ofCallers());
  }

  @Override
  public @Nullable String peerId(SSLSession session) {
    return ProvenPeer.of(session);
  }

  @Override
  public String forwardedCertificate(SSLSession session) {
    Svid svid = identity.get();
    return svid == null ? "" : ForwardedCertificate.of(session, svid.id().toString());
  }

  @Override
  public @Nullable String serverId(PeerTls peer, InetSocketAddress address) {
    return proved.find(peer, address);
  }

  @Override
  public boolean hasMet(PeerTls peer, InetSocketAddress address) {
    return proved.has(peer, address);
  }

  @Override
  public @Nullable TlsStatistics statistics(UpstreamTls peer) {
    return handshakes.known(peer);
  }

  @Override
  public TlsStatistics serverStatistics() {
    return handshakes.ofCallers();
  }

  /**
   * Loads what the first connection would otherwise have to wait for; does nothing without a
   * certificate. To be called off the application's threads.
   *
   * @return whether it shook hands with itself
   * @throws SSLException it could not
   */
  public boolean warmUp() throws SSLException {
    Svid svid = identity.get();
    if (svid == null) {
      return false;
    }
    PeerTls itself =
        new PeerTls("localhost", List.of(svid.id().toString()), List.of("istio-http/1.1", "istio"));
    return Rehearsal.of(
        clientContext(itself).createSSLEngine(),
        contexts().serverEngine(List.of("http/1.1"), new TlsStatistics()));
  }

  private SvidTls contexts() {
    Svid svid = identity.get();
    if (svid == null) {
      throw new IllegalStateException("this workload has no valid certificate");
    }
    SvidTls contexts = current;
    return contexts != null && contexts.isOf(svid, aliases) ? contexts : renewed(svid);
  }

  private synchronized SvidTls renewed(Svid svid) {
    SvidTls contexts = current;
    if (contexts == null || !contexts.isOf(svid, aliases)) {
      try {
        contexts = new SvidTls(svid, aliases, random, proved, handshakes::with, clock);
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("no TLS with " + svid, e);
      }
      current = contexts;
    }
    return contexts;
  }
}
