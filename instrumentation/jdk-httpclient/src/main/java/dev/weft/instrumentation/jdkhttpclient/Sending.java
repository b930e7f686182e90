package dev.weft.instrumentation.jdkhttpclient;

import dev.weft.engine.HeaderEdits;
import dev.weft.engine.outbound.Attempt;
import dev.weft.engine.outbound.Attempt.Failure;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
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

  /** RFC 9110 §9.2.2. */
  private static final Set<String> IDEMPOTENT =
      Set.of("GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE");

  private final MeshCall call;
  private final Attempt attempt;
  private final InetSocketAddress address;
  private final AtomicBoolean ended = new AtomicBoolean();
  private final AtomicBoolean discarded = new AtomicBoolean();

  private volatile @Nullable Object exchange;
  private volatile @Nullable Object response;
  private volatile @Nullable Throwable failure;
  private volatile boolean aborted;

  /** A connection was made for it, or begun; else it goes over a pooled one. */
  private volatile boolean fresh;

  /** The cluster's connect timeout is shorter than what the application has left. */
  private volatile boolean boundsConnecting;

  /** What the exchange was given up for, whatever it says itself of the closed connection. */
  private volatile @Nullable IOException connectTimeout;

  /** Its pooled connection turned out dead, and the request can be sent to another endpoint. */
  private volatile boolean stale;

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

  /**
   * A connection is being made for it.
   *
   * @param applications how long the application lets that take
   * @return how long it may take
   */
  Optional<Duration> connecting(Optional<Duration> applications) {
    fresh = true;
    Duration ours = attempt.connectTimeout();
    boundsConnecting = applications.isEmpty() || ours.compareTo(applications.get()) < 0;
    return boundsConnecting ? Optional.of(ours) : applications;
  }

  /**
   * The time to connect is over.
   *
   * @return whether it was the cluster's: then the attempt fails, not the application's call
   */
  boolean connectTimedOut(Object connecting) {
    if (boundsConnecting) {
      IOException timeout = new HttpConnectTimeoutException("HTTP connect timed out");
      connectTimeout = timeout;
      Exchanges.execute(call.multi(), () -> Exchanges.cancel(connecting, timeout));
    }
    return boundsConnecting;
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
    Throwable cause = connectTimeout;
    if (cause == null) {
      cause = thrown == null ? new IOException("no response") : cause(thrown);
    }
    if (repeats(cause)) {
      fresh = false;
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
    stale = expired(cause) && !fresh && mayBeSentTwice();
    call.report(this, () -> ended(told));
  }

  /**
   * Whether the client would send the request again by itself: its connection broke before any
   * response, or the peer said that it had not processed it. It's the same attempt then. The client
   * does so once for a request, and so do we, however many attempts it takes: a request that kills
   * whoever gets it must not meet everybody twice. A connection that was refused is the engine's
   * business.
   */
  private boolean repeats(Throwable cause) {
    Object sent = exchange;
    return !aborted
        && !Exchanges.cancelled(call.multi())
        && ((sent != null && Exchanges.unprocessed(sent))
            || (expired(cause) && Exchanges.mayRepeat(call.request().original())))
        && call.request().replayable()
        && call.repeatOnce();
  }

  private boolean mayBeSentTwice() {
    return IDEMPOTENT.contains(call.request().method())
        || Exchanges.mayRepeat(call.request().original());
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

  /** As {@link #ended(Throwable)}; lets no failure of ours out into the client. */
  void bodyEnded(@Nullable Throwable thrown) {
    try {
      ended(thrown);
    } catch (RuntimeException | LinkageError e) {
      // The engine may count the attempt for ever; the application still gets its body.
    }
  }

  /** The application, or the client on its behalf, doesn't take the response. */
  void abandoned(Throwable thrown) {
    if (ended.compareAndSet(false, true)) {
      attempt.failed(Failure.ABORTED, thrown);
    }
  }

  /**
   * What is told of a connection that wasn't made invites a retry whatever the body; so not once a
   * body was asked for that can't be given again. A peer that refuses our certificate says so, in
   * TLS 1.3, when the request may already be on its way.
   */
  private Failure kind(Throwable thrown) {
    if (aborted || Exchanges.cancelled(call.multi())) {
      return Failure.ABORTED;
    }
    if (response != null) {
      // Of a broken connection the client tells by an IOException alone: else the application's
      // handler or subscriber threw it.
      return thrown instanceof IOException ? Failure.RESET : Failure.ABORTED;
    }
    Object sent = exchange;
    // What wasn't processed may have been read all the same, and a body can't be read twice.
    if (!call.request().replayable()) {
      return Failure.RESET;
    }
    if (sent == null
        || !Exchanges.connected(sent)
        || (fresh && thrown instanceof SSLHandshakeException)) {
      return Failure.CONNECT;
    }
    if (stale) {
      return Failure.STALE;
    }
    return Exchanges.unprocessed(sent) ? Failure.REFUSED_STREAM : Failure.RESET;
  }
}
