package dev.weft.engine.spi;

import dev.weft.engine.inbound.ConnectedPeer;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * TLS 1.2 and 1.3 with the workload's own certificate and the mesh's trust; as a client also with
 * whatever certificates and trust configuration names.
 */
public interface MeshTls {

  /** The ALPN names that mark a ClientHello as the mesh's (Istio's inbound filter chain match). */
  List<String> MESH_PROTOCOLS =
      List.of("istio", "istio-peer-exchange", "istio-http/1.0", "istio-http/1.1", "istio-h2");

  /**
   * From now on the identities of these trust domains are the mesh's, beside those of the
   * workload's own.
   */
  default void trust(Set<String> trustDomains) {}

  /**
   * From now on these are in use, beside {@link PeerTls}, and no others: their files are read
   * before it returns, and again whenever they change.
   */
  default void use(Set<OriginatedTls> originated) {}

  /** Whether the mesh's certificate is at hand. */
  boolean ready();

  /** Whether what it needs is at hand: the mesh's certificate, or what is in its files. */
  default boolean ready(UpstreamTls tls) {
    return ready();
  }

  /**
   * A client's context for one destination. Engines and sockets made by it send the mesh's ALPN
   * names and SNI, whatever a library sets on them, and translate back: a library that offered
   * {@code h2} and {@code http/1.1} is told one of those. The peer's identity is verified in the
   * handshake; endpoint identification set by a library has no further effect. The same instance
   * for an equal argument as long as the certificate lasts, so that sessions are resumed. Engines
   * and sockets are to be told the endpoint's IP address and port, for {@link #serverId}. With
   * {@link OriginatedTls} they send plain ALPN names and its SNI.
   *
   * @throws IllegalStateException unless {@link #ready(UpstreamTls)}
   */
  SSLContext clientContext(UpstreamTls tls);

  /**
   * Whether the server that this socket has shaken hands with remembers, for as long as the
   * connection lasts, what it is told of the caller: it need not be told with every request.
   */
  default boolean remembersCaller(Socket socket) {
    return false;
  }

  /** The same, of a server's engine: it was agreed on that its client need not repeat itself. */
  default boolean remembersCaller(SSLEngine engine) {
    return false;
  }

  /**
   * A server's engine, which demands a client certificate of the mesh.
   *
   * <p>It may promise its client to remember who that is ({@link #remembersCaller(SSLEngine)}), so
   * whoever uses it has one {@link ConnectedPeer} for all requests of the connection.
   *
   * @param applicationProtocols what the server speaks, of "h2" and "http/1.1"; the engine selects
   *     among the mesh's names for them, and reports the plain names
   * @throws IllegalStateException without a certificate
   */
  SSLEngine serverEngine(List<String> applicationProtocols);

  /** What came of the handshakes for {@code peer}; null if nothing is known of any. */
  default @Nullable TlsStatistics statistics(UpstreamTls peer) {
    return null;
  }

  /** What came of the handshakes with callers; null if nothing is known of any. */
  default @Nullable TlsStatistics serverStatistics() {
    return null;
  }

  /** The SPIFFE ID that the session's peer proved; null if it proved none. */
  @Nullable String peerId(SSLSession session);

  /**
   * What Envoy says to an application of the certificate of a server's session's peer: an element
   * of {@code x-forwarded-client-cert} with what Istio asks for, which is {@code By}, {@code Hash},
   * {@code Subject}, {@code URI} and {@code DNS}.
   *
   * @return empty if it isn't known
   */
  default String forwardedCertificate(SSLSession session) {
    return "";
  }

  /**
   * The SPIFFE ID proved last by the server at this address, to which a connection for {@code peer}
   * was made.
   *
   * @return null if it isn't known
   */
  default @Nullable String serverId(PeerTls peer, InetSocketAddress address) {
    return peer.onlyPeer();
  }

  /** Whether the server at this address has ended a handshake that was begun for {@code peer}. */
  default boolean hasMet(PeerTls peer, InetSocketAddress address) {
    return false;
  }
}
