package dev.weft.benchmarks.micro;

import dev.weft.engine.inbound.ConnectedPeer;
import dev.weft.engine.inbound.InboundRequest;
import dev.weft.engine.outbound.OutboundRequest;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** A GET request, on either side of its way. */
final class Request implements OutboundRequest, InboundRequest {

  private static final ConnectedPeer PEER =
      new ConnectedPeer("spiffe://cluster.local/ns/shop/sa/storefront", true);
  private static final InetSocketAddress REMOTE =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 40_000);
  private static final InetSocketAddress LOCAL =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), Mesh.PORT);

  private final String host;
  private final String authority;
  private final String path;
  private final @Nullable String tenant;

  /**
   * @param tenant the value of {@link RouteTables#HEADER}; null: it has none
   */
  Request(String host, String path, @Nullable String tenant) {
    this.host = host;
    this.authority = host + ":" + Mesh.PORT;
    this.path = path;
    this.tenant = tenant;
  }

  @Override
  public String host() {
    return host;
  }

  @Override
  public int port() {
    return Mesh.PORT;
  }

  @Override
  public String scheme() {
    return "http";
  }

  @Override
  public String authority() {
    return authority;
  }

  @Override
  public String method() {
    return "GET";
  }

  @Override
  public String path() {
    return path;
  }

  @Override
  public boolean replayable() {
    return true;
  }

  @Override
  public boolean mayHaveHeader(String prefix) {
    return false;
  }

  @Override
  public @Nullable String header(String name) {
    return name.equals(RouteTables.HEADER) ? tenant : null;
  }

  @Override
  public String protocol() {
    return "HTTP/1.1";
  }

  @Override
  public @Nullable ConnectedPeer peer() {
    return PEER;
  }

  @Override
  public InetSocketAddress remoteAddress() {
    return REMOTE;
  }

  @Override
  public InetSocketAddress localAddress() {
    return LOCAL;
  }
}
