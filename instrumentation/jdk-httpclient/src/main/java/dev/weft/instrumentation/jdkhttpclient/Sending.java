package dev.weft.instrumentation.jdkhttpclient;

import dev.weft.engine.HeaderEdits;
import dev.weft.engine.outbound.Attempt;
import dev.weft.engine.outbound.Attempt.Failure;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.UnknownHostException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;

/**
 * One attempt of a mesh call, carried by an exchange of the client's. It is found again through the
 * copy of the request that the exchange sends.
 */
final class Sending extends Carried {

  private static final String CONNECTION_EXPIRED =
      "jdk.internal.net.http.common.ConnectionExpiredException";

  private final MeshCall call;
  private final Attempt attempt;
  private final InetSocketAddress address;
  private final AtomicBoolean ended = new AtomicBoolean();
  private final AtomicBoolean discarded = new AtomicBoolean();

  private volatile @Nullable Object exchange;
  private volatile @Nullable Object response;
  private volatile @Nullable Throwable failure;
  private volatile boolean aborted;
  private volatile boolean repeated;

  /** Its pooled connections turned out dead, and the request may be sent once more. */
  private volatile boolean expired;

  private volatile boolean won;
  private volatile HeaderEdits responseHeaders = HeaderEdits.NONE;

  Sending(MeshCall call, Attempt attempt) {
    this.call = call;
    this.attempt = attempt;
    this.address = labelled(attempt);
  }

  /** What the request is sent for; null if it's none of ours. */
  static @Nullable Sending of(@Nullable Proxy carried) {
    return carried instanceof Sending sending ? sending : null;
  }

  static @Nullable Sending ofRequest(Object request) {
    return of(Requests.proxy(request));
  }

  static @Nullable Sending ofExchange(@Nullable Object exchange) {
    return exchange == null ? null : ofRequest(Exchanges.request(exchange));
  }

  /**
   * The endpoint's address under a name that is unique for the connection key. The client's pools
   * are keyed by address and name. In the form of an IPv6 literal with a scope, which the client
   * sends nowhere and looks up nowhere.
   */
  private static InetSocketAddress labelled(Attempt attempt) {
    InetSocketAddress endpoint = attempt.endpoint().address();
    InetAddress address = endpoint.getAddress();
    String label = TlsAdvice.LABEL + attempt.connectionKey();
    try {
      InetAddress labelled =
          address instanceof Inet6Address v6 && v6.getScopeId() != 0
              ? Inet6Address.getByAddress(label, v6.getAddress(), v6.getScopeId())
              : InetAddress.getByAddress(label, address.getAddress());
      return new InetSocketAddress(labelled, endpoint.getPort());
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("not an address: " + endpoint, e);
    }
  }

  Attempt attempt() {
    return attempt;
  }

  InetSocketAddress target() {
    return address;
  }

  boolean encrypted() {
    return attempt.tls() != null;
  }

  @Nullable Object exchange() {
    return exchange;
  }

  @Nullable Object response() {
    return response;
  }

  @Nullable Throwable failure() {
    return failure;
  }

  boolean underWay() {
    return response == null && failure == null;
  }

  HeaderEdits responseHeaders() {
    return responseHeaders;
  }

  /** The application gets its response, with these edits, or its failure. */
  void win(HeaderEdits edits) {
    responseHeaders = edits;
    won = true;
  }

  boolean won() {
    return won;
  }

  /** Sends it, by a new exchange of the application's call. */
  void start() {
    Object created = Exchanges.create(SteeredRequests.create(call.request(), this), call.multi());
    exchange = created;
    attempt.onAbort(this::abort);
    carryOut(created);
  }

  private void carryOut(Object created) {
    Exchanges.current(call.multi(), created);
    Exchanges.carryOut(created).whenComplete(this::answered);
  }

  private void answered(@Nullable Object head, @Nullable Throwable thrown) {
    if (thrown == null && head != null) {
      response = head;
      call.report(
          this,
          () -> attempt.responded(Responses.status(head), Headers.source(Responses.headers(head))));
      return;
    }
    Throwable cause = thrown == null ? new IOException("no response") : cause(thrown);
    if (repeats(cause)) {
      repeated = true;
      Exchanges.restartConnectTimeout(call.multi());
      Object again = Exchanges.create(SteeredRequests.create(call.request(), this), call.multi());
      exchange = again;
      carryOut(again);
      if (aborted) {
        abort();
      }
      return;
    }
    // What the client would say after it had repeated the request in vain.
    Throwable told = expired(cause) && cause.getCause() != null ? cause.getCause() : cause;
    failure = told;
    expired = expired(cause) && Exchanges.mayRepeat(call.request().original());
    call.report(this, () -> ended(told));
  }

  /**
   * Whether the client would send the request again by itself: a pooled connection turned out dead,
   * or the peer said that it had not processed it. It's the same attempt then. A connection that
   * was refused is the engine's business.
   */
  private boolean repeats(Throwable cause) {
    if (repeated || aborted || Exchanges.cancelled(call.multi())) {
      return false;
    }
    Object sent = exchange;
    return (sent != null && Exchanges.unprocessed(sent))
        || (expired(cause) && Exchanges.mayRepeat(call.request().original()));
  }

  private static Throwable cause(Throwable thrown) {
    return thrown instanceof CompletionException && thrown.getCause() != null
        ? thrown.getCause()
        : thrown;
  }

  private static boolean expired(Throwable cause) {
    return cause.getClass().getName().equals(CONNECTION_EXPIRED);
  }

  /** The engine wants no more of it. On any thread, so what follows goes to another. */
  private void abort() {
    aborted = true;
    Exchanges.execute(
        call.multi(),
        () -> {
          Object sent = exchange;
          if (response != null && !won) {
            discard();
          } else if (sent != null) {
            Exchanges.cancel(sent, new IOException("aborted by the mesh"));
          }
        });
  }

  /** Its response, if there is one, is not for the application: drained, or cut off if long. */
  void discard() {
    Object sent = exchange;
    if (response == null || sent == null || !discarded.compareAndSet(false, true)) {
      return;
    }
    Exchanges.ignoreBody(sent).whenComplete((nothing, thrown) -> Exchanges.released(sent));
  }

  /** The response was received whole, or more of it isn't wanted. */
  void ended() {
    if (ended.compareAndSet(false, true)) {
      attempt.completed();
    }
  }

  void ended(@Nullable Throwable thrown) {
    if (thrown == null) {
      ended();
    } else if (ended.compareAndSet(false, true)) {
      Throwable cause = cause(thrown);
      attempt.failed(kind(cause), cause);
    }
  }

  /** The application, or the client on its behalf, doesn't take the response. */
  void abandoned(Throwable thrown) {
    if (ended.compareAndSet(false, true)) {
      attempt.failed(Failure.ABORTED, thrown);
    }
  }

  /**
   * A pooled connection that the peer had given up counts as one that could not be made, as in
   * Envoy, whose pool would have noticed before; but only where the client itself holds that the
   * request may be repeated, since nobody knows what the peer read.
   */
  private Failure kind(Throwable thrown) {
    if (aborted || Exchanges.cancelled(call.multi())) {
      return Failure.ABORTED;
    }
    if (response != null && !(thrown instanceof IOException)) {
      // Of a broken connection the client tells by an IOException alone: the application's handler
      // or subscriber threw this one.
      return Failure.ABORTED;
    }
    Object sent = exchange;
    boolean unassigned = sent == null || Exchanges.impl(sent) == null;
    // Such a failure invites a retry whatever the body. But a peer that refuses our certificate
    // says
    // so, in TLS 1.3, when the request may already be on its way.
    if (response == null
        && call.request().replayable()
        && (unassigned
            || expired
            || thrown instanceof ConnectException
            || thrown instanceof SSLHandshakeException)) {
      return Failure.CONNECT;
    }
    // What wasn't processed may have been read all the same, and a body can't be read twice.
    return sent != null && Exchanges.unprocessed(sent) && call.request().replayable()
        ? Failure.REFUSED_STREAM
        : Failure.RESET;
  }
}
