package dev.weft.engine.model;

import java.util.List;

/**
 * A predicate over a request and its peer: Envoy's RBAC permissions and principals, as one tree.
 */
public sealed interface Condition {

  record Always() implements Condition {}

  record AllOf(List<Condition> conditions) implements Condition {

    public AllOf {
      conditions = List.copyOf(conditions);
    }
  }

  record AnyOf(List<Condition> conditions) implements Condition {

    public AnyOf {
      conditions = List.copyOf(conditions);
    }
  }

  record Not(Condition condition) implements Condition {}

  /** The peer's SPIFFE ID as authenticated by TLS; a peer without one never matches. */
  record PeerIs(StringMatch id) implements Condition {}

  /** Path without query, normalized. */
  record PathIs(StringMatch path) implements Condition {}

  /** The same path. */
  record PathFits(PathTemplate template) implements Condition {}

  /** Header or pseudo-header, as for routes. */
  record HeaderIs(HeaderMatch header) implements Condition {}

  /**
   * @param from included
   * @param to excluded
   */
  record DestinationPortWithin(int from, int to) implements Condition {}

  record DestinationPortIs(int port) implements Condition {}

  record DestinationAddressIs(AddressRange range) implements Condition {}

  /** The address of the connection's peer. */
  record PeerAddressIs(AddressRange range) implements Condition {}

  /** The client's address by {@link ClientAddress}. */
  record ClientAddressIs(AddressRange range) implements Condition {}

  /** The name that the peer asked for in the TLS handshake; empty if it asked for none. */
  record ServerNameIs(StringMatch name) implements Condition {}

  /**
   * A claim of the request's verified token. Without such a token, or without the claim, it doesn't
   * hold.
   *
   * @param path names, from the payload down
   */
  record ClaimIs(List<String> path, ValueMatch value) implements Condition {

    public ClaimIs {
      path = List.copyOf(path);
    }
  }

  /**
   * What an external authorizer that was asked before left by gRPC ({@code dynamic_metadata}).
   * Without it, it doesn't hold.
   *
   * @param path names, from the top down
   */
  record AuthorizerMetadataIs(List<String> path, ValueMatch value) implements Condition {

    public AuthorizerMetadataIs {
      path = List.copyOf(path);
    }
  }

  /**
   * Something in the policy was not understood. The request is refused, whether it stands in a
   * denial or in an allowance, and under a negation too: judging stops here.
   */
  record Unknown(String what) implements Condition {}
}
