package dev.weft.engine.inbound;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code GET /items?page=1} from the storefront, unless a test says otherwise. */
class FakeInboundRequest implements InboundRequest {

  static final String STOREFRONT = "spiffe://cluster.local/ns/shop/sa/storefront";

  @Nullable String peerId = STOREFRONT;
  String method = "GET";
  String path = "/items?page=1";
  String authority = "catalog:8080";
  String serverName = "";
  String certificate = "";
  InetAddress from = InetAddress.getLoopbackAddress();
  InetAddress to = InetAddress.getLoopbackAddress();
  final Map<String, String> headers = new HashMap<>();

  @Override
  public String method() {
    return method;
  }

  @Override
  public String path() {
    return path;
  }

  @Override
  public String authority() {
    return authority;
  }

  @Override
  public String protocol() {
    return "HTTP/1.1";
  }

  @Override
  public String serverName() {
    return serverName;
  }

  @Override
  public @Nullable ConnectedPeer peer() {
    return peerId == null ? null : new ConnectedPeer(peerId, false, "", certificate);
  }

  @Override
  public InetSocketAddress remoteAddress() {
    return new InetSocketAddress(from, 50_000);
  }

  @Override
  public InetSocketAddress localAddress() {
    return new InetSocketAddress(to, 8080);
  }

  @Override
  public List<String> headerNames() {
    return List.copyOf(headers.keySet());
  }

  @Override
  public @Nullable String header(String name) {
    return headers.get(name);
  }
}
