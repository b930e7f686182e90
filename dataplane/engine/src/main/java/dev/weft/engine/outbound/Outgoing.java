package dev.weft.engine.outbound;

import dev.weft.engine.limits.LimitedRequest;
import org.jspecify.annotations.Nullable;

/**
 * A call as limits see it: sent by this workload.
 *
 * @param destination null: it goes nowhere
 */
record Outgoing(
    OutboundRequest request, Forwarding.@Nullable Choice destination, OutboundRouter router)
    implements LimitedRequest {

  @Override
  public @Nullable String header(String name) {
    return switch (name) {
      case ":method" -> request.method();
      case ":authority", "host" -> request.authority();
      case ":path" -> request.path();
      case ":scheme" -> request.scheme();
      default -> request.header(name);
    };
  }

  @Override
  public String target() {
    return request.path();
  }

  @Override
  public @Nullable String remoteAddress() {
    return router.address().isEmpty() ? null : router.address();
  }

  @Override
  public @Nullable String destinationCluster() {
    return destination == null ? null : destination.cluster;
  }

  /** Whoever calls has proved nothing to itself. */
  @Override
  public @Nullable String peerIdentity() {
    return null;
  }
}
