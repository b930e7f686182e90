package dev.weft.controlserver.identity;

import com.google.common.net.InetAddresses;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.Status.Code;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the {@code authorization: Bearer TOKEN} of every call. A token that doesn't verify ends the
 * call at once, and so does having none where that is not allowed; where it is, the service decides
 * by {@link Caller} what such a call may do.
 */
public final class Authentication implements ServerInterceptor {
  private static final Logger log = LoggerFactory.getLogger(Authentication.class);
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
  private static final String BEARER = "Bearer ";

  private final TokenVerifier verifier;
  private final boolean mayBeAnonymous;
  private final Supplier<InetSocketAddress> peerOfCall;
  private final RefusedCalls refused;

  /**
   * @param mayBeAnonymous whether callers without a token may look at configuration; only for a
   *     port that nobody but this machine's own processes can reach
   * @param peerOfCall where the call being taken comes from
   * @param refused told of calls that end as UNAUTHENTICATED or PERMISSION_DENIED, here or later
   */
  public Authentication(
      TokenVerifier verifier,
      boolean mayBeAnonymous,
      Supplier<InetSocketAddress> peerOfCall,
      RefusedCalls refused) {
    this.verifier = verifier;
    this.mayBeAnonymous = mayBeAnonymous;
    this.peerOfCall = peerOfCall;
    this.refused = refused;
  }

  @Override
  public <ReqT, RespT> ServerCall.Listener<ReqT> interceptCall(
      ServerCall<ReqT, RespT> taken, Metadata headers, ServerCallHandler<ReqT, RespT> next) {
    InetSocketAddress peer = peerOfCall.get();
    ServerCall<ReqT, RespT> call = counted(taken, peer);
    Optional<Identity> identity;
    try {
      identity = identity(headers);
      if (identity.isEmpty() && !mayBeAnonymous) {
        throw new TokenRejected("a bearer token is needed");
      }
    } catch (TokenRejected e) {
      log.warn(
          "a call of {} from {} is refused: {}",
          call.getMethodDescriptor().getFullMethodName(),
          peer,
          e.getMessage());
      call.close(Status.UNAUTHENTICATED.withDescription(e.getMessage()), new Metadata());
      return new ServerCall.Listener<>() {};
    }
    Context context =
        Context.current().withValue(Caller.CURRENT, new Caller(identity, mayBeAnonymous, peer));
    return Contexts.interceptCall(context, call, headers, next);
  }

  private <ReqT, RespT> ServerCall<ReqT, RespT> counted(
      ServerCall<ReqT, RespT> call, InetSocketAddress peer) {
    return new SimpleForwardingServerCall<>(call) {
      @Override
      public void close(Status status, Metadata trailers) {
        if (status.getCode() == Code.UNAUTHENTICATED
            || status.getCode() == Code.PERMISSION_DENIED) {
          refused.add(
              InetAddresses.toAddrString(peer.getAddress()),
              call.getMethodDescriptor().getFullMethodName(),
              Objects.toString(status.getDescription(), status.getCode().name()));
        }
        super.close(status, trailers);
      }
    };
  }

  private Optional<Identity> identity(Metadata headers) throws TokenRejected {
    String authorization = headers.get(AUTHORIZATION);
    if (authorization == null) {
      return Optional.empty();
    }
    if (!authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
      throw new TokenRejected("the authorization is not a bearer token");
    }
    return Optional.of(verifier.verify(authorization.substring(BEARER.length()).strip()));
  }
}
