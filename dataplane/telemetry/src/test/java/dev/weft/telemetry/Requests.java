package dev.weft.telemetry;

import dev.weft.engine.inbound.ConnectedPeer;
import dev.weft.engine.inbound.InboundRequest;
import dev.weft.engine.model.Endpoint;
import dev.weft.engine.outbound.OutboundRequest;
import java.net.InetSocketAddress;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Requests as carriers hand them over. */
final class Requests {

  static final String STOREFRONT = "spiffe://cluster.local/ns/shop/sa/storefront";
  static final String CLUSTER = "outbound|8080|v1|catalog.shop.svc.cluster.local";
  static final Endpoint CATALOG_V1 =
      new Endpoint(
          InetSocketAddress.createUnresolved("10.0.0.7", 8080),
          true,
          false,
          1,
          Map.of("workload", "catalog-v1", "namespace", "shop", "app", "catalog", "version", "v1"));

  private Requests() {}

  record Outbound(Map<String, String> lines) implements OutboundRequest {

    @Override
    public String host() {
      return "catalog";
    }

    @Override
    public int port() {
      return 8080;
    }

    @Override
    public String scheme() {
      return "http";
    }

    @Override
    public String authority() {
      return "catalog:8080";
    }

    @Override
    public String method() {
      return "GET";
    }

    @Override
    public String path() {
      return "/items?page=2";
    }

    @Override
    public boolean replayable() {
      return true;
    }

    @Override
    public @Nullable String header(String name) {
      return lines.get(name);
    }
  }

  record Inbound(@Nullable ConnectedPeer peer, String path, Map<String, String> fields)
      implements InboundRequest {

    /** The first of a connection. */
    Inbound(String path, @Nullable String peerId, Map<String, String> fields) {
      this(peerId == null ? null : new ConnectedPeer(peerId, true), path, fields);
    }

    @Override
    public String method() {
      return "GET";
    }

    @Override
    public String authority() {
      return "catalog:8080";
    }

    @Override
    public String protocol() {
      return "HTTP/1.1";
    }

    @Override
    public InetSocketAddress remoteAddress() {
      return InetSocketAddress.createUnresolved("10.0.0.9", 41204);
    }

    @Override
    public InetSocketAddress localAddress() {
      return InetSocketAddress.createUnresolved("10.0.0.7", 8080);
    }

    @Override
    public @Nullable String header(String name) {
      return fields.get(name);
    }
  }
}
