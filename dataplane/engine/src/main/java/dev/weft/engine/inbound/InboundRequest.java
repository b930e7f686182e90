package dev.weft.engine.inbound;

import dev.weft.engine.HeaderSource;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A request that arrived on a guarded port, read from the server's own object. */
public interface InboundRequest extends HeaderSource {

  String method();

  /** Path and query, as on the wire. */
  String path();

  /** The names of all headers, lower-case, each once; without pseudo-headers. */
  default List<String> headerNames() {
    return List.of();
  }

  /** The Host header or {@code :authority}; empty if there is none. */
  String authority();

  /** "HTTP/1.0", "HTTP/1.1" or "HTTP/2", as Envoy's {@code %PROTOCOL%}. */
  String protocol();

  /** Who sends it; null over plaintext. The same object for all requests of a connection. */
  @Nullable ConnectedPeer peer();

  /**
   * The TLS peer's SPIFFE ID, proved by its certificate; null over plaintext. Never from a header.
   */
  default @Nullable String peerId() {
    ConnectedPeer peer = peer();
    return peer == null ? null : peer.id();
  }

  /** The name that the peer asked for in the TLS handshake (SNI); empty if it asked for none. */
  default String serverName() {
    ConnectedPeer peer = peer();
    return peer == null ? "" : peer.serverName();
  }

  InetSocketAddress remoteAddress();

  InetSocketAddress localAddress();
}
