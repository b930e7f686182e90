package dev.weft.controlserver.identity;

import com.google.common.net.HostAndPort;
import com.google.common.net.InetAddresses;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.grpc.Context;
import io.grpc.Status;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.function.Function;

/**
 * Who made the current call, as {@link Authentication} found.
 *
 * @param identity what its token proved; empty without a token
 * @param mayBeAnonymous whether its port lets callers without a token look
 * @param peer where it connects from
 */
public record Caller(Optional<Identity> identity, boolean mayBeAnonymous, InetSocketAddress peer) {
  static final Context.Key<Caller> CURRENT = Context.key("weft-caller");

  /** The caller of the call that this thread is serving. */
  public static Caller current() {
    Caller caller = CURRENT.get();
    if (caller == null) {
      throw new IllegalStateException("the call did not pass through Authentication");
    }
    return caller;
  }

  /** Where it connects from, as host:port. */
  public String peerText() {
    return HostAndPort.fromParts(InetAddresses.toAddrString(peer.getAddress()), peer.getPort())
        .toString();
  }

  /** Its identity; without one the call ends as UNAUTHENTICATED. */
  public Identity required() {
    return identity.orElseThrow(
        () ->
            Status.UNAUTHENTICATED
                .withDescription("a bearer token is needed")
                .asRuntimeException());
  }

  /**
   * Admits a configuration client. A client may only be the workload that its token says: NAMESPACE
   * and SERVICE_ACCOUNT of its node's metadata, where set, must be the token's.
   *
   * @throws io.grpc.StatusRuntimeException UNAUTHENTICATED or PERMISSION_DENIED
   */
  public <T> T admit(Struct metadata, Function<Optional<Identity>, T> client) {
    if (!mayBeAnonymous) {
      required();
    }
    identity.ifPresent(
        proven -> {
          check(metadata, "NAMESPACE", proven.namespace());
          check(metadata, "SERVICE_ACCOUNT", proven.serviceAccount());
        });
    return client.apply(identity);
  }

  private static void check(Struct metadata, String key, String proven) {
    String claimed = metadata.getFieldsOrDefault(key, Value.getDefaultInstance()).getStringValue();
    if (!claimed.isEmpty() && !claimed.equals(proven)) {
      throw Status.PERMISSION_DENIED
          .withDescription("the node's %s is %s, its token's is %s".formatted(key, claimed, proven))
          .asRuntimeException();
    }
  }
}
