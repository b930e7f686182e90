package dev.weft.engine.upstream;

import dev.weft.engine.model.Endpoint;
import dev.weft.engine.outbound.ConnectionKey;
import org.jspecify.annotations.Nullable;

/** An endpoint that can be picked. */
public final class Target {

  private final Endpoint endpoint;
  private final ConnectionKey plaintext;
  private final @Nullable ConnectionKey secured;
  final EndpointState state;

  Target(
      Endpoint endpoint,
      EndpointState state,
      ConnectionKey plaintext,
      @Nullable ConnectionKey secured) {
    this.endpoint = endpoint;
    this.state = state;
    this.plaintext = plaintext;
    this.secured = secured;
  }

  public Endpoint endpoint() {
    return endpoint;
  }

  /** For plaintext connections. */
  public ConnectionKey plaintext() {
    return plaintext;
  }

  /** For TLS; null if this endpoint, or its cluster, doesn't speak it. */
  public @Nullable ConnectionKey secured() {
    return secured;
  }

  public boolean speaksMeshTls() {
    return secured != null && secured.meshTls() != null;
  }

  int activeRequests() {
    return state.activeRequests.get();
  }

  int weight() {
    return endpoint.weight();
  }

  @Override
  public String toString() {
    return endpoint.address().toString();
  }
}
