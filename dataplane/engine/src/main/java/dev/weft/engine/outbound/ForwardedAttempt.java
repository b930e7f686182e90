package dev.weft.engine.outbound;

import dev.weft.engine.HeaderEdits;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.PeerMetadata;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.model.ConnectionOptions;
import dev.weft.engine.model.Endpoint;
import dev.weft.engine.spi.MeshTls;
import dev.weft.engine.spi.PeerTls;
import dev.weft.engine.spi.Telemetry.AttemptObservation;
import dev.weft.engine.spi.UpstreamTls;
import dev.weft.engine.upstream.ClusterCounter;
import dev.weft.engine.upstream.Target;
import dev.weft.engine.upstream.Upstream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One attempt of a {@link ForwardedCall}. What the carrier reports goes to the call, in its turn;
 * all but {@link #onAbort} belongs to whoever has that turn.
 */
final class ForwardedAttempt implements Attempt {

  /** In place of a hook: it is due, or was run. */
  private static final Runnable ABORTED =
      new Runnable() {
        @Override
        public void run() {}
      };

  private final ForwardedCall call;
  private final Upstream upstream;
  private final int number;
  private final ConnectionKey key;
  private final RequestLine requestLine;
  private final HeaderEdits routeHeaders;
  private final AttemptObservation observation;
  private final AtomicReference<@Nullable Runnable> onAbort = new AtomicReference<>();

  final Target target;

  /** The attempt before this one of the same call. */
  final @Nullable ForwardedAttempt earlier;

  /** 0: no response yet. */
  int status;

  /** It failed before there was a connection. */
  boolean unconnected;

  /** The response says who sent it, as Istio's proxies do when they are told who asks. */
  boolean tellsPeer;

  /** The response's head says how busy its endpoint is. */
  private boolean reportedLoad;

  /** Another attempt was started because of this one, which goes on (hedging). */
  boolean hedged;

  /** Over, for the engine. */
  boolean ended;

  @Nullable Runnable cancelTimeout;

  /** Written before the call is decided. */
  volatile @Nullable ResponseRecorder recorder;

  ForwardedAttempt(
      ForwardedCall call,
      Upstream upstream,
      Target target,
      ConnectionKey key,
      int number,
      RequestLine requestLine,
      HeaderEdits routeHeaders,
      AttemptObservation observation,
      @Nullable ForwardedAttempt earlier) {
    this.call = call;
    this.upstream = upstream;
    this.target = target;
    this.key = key;
    this.number = number;
    this.requestLine = requestLine;
    this.observation = observation;
    this.earlier = earlier;
    this.routeHeaders = routeHeaders;
  }

  String clusterName() {
    return upstream.cluster().name();
  }

  @Override
  public Endpoint endpoint() {
    return target.endpoint();
  }

  @Override
  public @Nullable UpstreamTls tls() {
    return key.tls();
  }

  @Override
  public ConnectionKey connectionKey() {
    return key;
  }

  @Override
  public HeaderEdits requestHeaders(boolean callerKnown) {
    HeaderEdits introduction = observation.introduction();
    if (callerKnown && !introduction.isEmpty()) {
      // An application may have put on what it was sent itself, by whomever.
      introduction = PeerMetadata.REMOVAL;
    }
    return observation
        .requestHeaders()
        .then(observation.requestId())
        .then(introduction)
        .then(routeHeaders);
  }

  @Override
  public @Nullable String path() {
    return requestLine.path();
  }

  @Override
  public @Nullable String authority() {
    return requestLine.authority();
  }

  @Override
  public int number() {
    return number;
  }

  @Override
  public Duration connectTimeout() {
    return upstream.cluster().connectTimeout();
  }

  @Override
  public ConnectionOptions connectionOptions() {
    return upstream.cluster().connectionOptions();
  }

  @Override
  public void onAbort(Runnable abort) {
    Runnable before = onAbort.get();
    while (before != ABORTED) {
      if (onAbort.compareAndSet(before, abort)) {
        return;
      }
      before = onAbort.get();
    }
    abort.run();
  }

  @Override
  public void responded(int status, HeaderSource headers) {
    if (call.enter()) {
      try {
        call.responded(this, status, headers);
      } finally {
        call.leave();
      }
    } else {
      call.inTurn(() -> call.responded(this, status, headers));
    }
  }

  @Override
  public @Nullable ResponseRecorder recorder() {
    return recorder;
  }

  @Override
  public void trailers(HeaderSource trailers) {
    call.inTurn(
        () -> {
          if (!ended) {
            observation.trailers(trailers);
            reportedLoad = reportedLoad || upstream.reported(target, trailers);
          }
        });
  }

  @Override
  public void completed() {
    if (call.enter()) {
      try {
        call.completed(this);
      } finally {
        call.leave();
      }
    } else {
      call.inTurn(() -> call.completed(this));
    }
  }

  @Override
  public void failed(Failure kind, Throwable cause) {
    call.inTurn(() -> call.failed(this, kind, cause));
  }

  /** The response's head, for the observer. */
  void observe(int status, HeaderSource headers) {
    this.status = status;
    tellsPeer = key.meshTls() != null && headers.header(PeerMetadata.ID_HEADER) != null;
    observation.responded(status, headers);
    reportedLoad = upstream.reported(target, headers);
  }

  /** Tells outlier detection of the response. */
  void reportResponse(int status) {
    upstream.responded(target, status);
  }

  void count(ClusterCounter counter) {
    upstream.count(counter);
  }

  /**
   * Tells outlier detection that there is none.
   *
   * @param status what Envoy answers in its place
   */
  void reportFailure(int status) {
    upstream.failed(target, status);
  }

  /**
   * Whether both sides proved who they are. Carriers don't say of a connection that it is there, so
   * before a response it is taken for made, unless they say the contrary, if one was made before.
   */
  boolean shookHands(MeshTls mesh) {
    PeerTls tls = key.meshTls();
    return tls != null && !unconnected && (status != 0 || mesh.hasMet(tls, key.address()));
  }

  /** The SPIFFE ID that the endpoint proved; null if it proved none, or it isn't known which. */
  @Nullable String peerId(MeshTls mesh) {
    PeerTls tls = key.meshTls();
    return tls == null || !shookHands(mesh) ? null : mesh.serverId(tls, key.address());
  }

  boolean awaitsHead() {
    return !ended && status == 0;
  }

  /** Ends its accounting. */
  void end(@Nullable Throwable failure, ResponseFlag flag) {
    if (ended) {
      return;
    }
    ended = true;
    stopTimeout();
    upstream.release(target);
    observation.ended(failure, flag);
  }

  void stopTimeout() {
    if (cancelTimeout != null) {
      cancelTimeout.run();
      cancelTimeout = null;
    }
  }

  /** Ends its accounting and has the carrier stop it. */
  void abort(@Nullable Throwable reason, ResponseFlag flag) {
    if (ended) {
      return;
    }
    end(reason, flag);
    Runnable hook = onAbort.getAndSet(ABORTED);
    if (hook != null) {
      try {
        hook.run();
      } catch (RuntimeException e) {
        // The carrier's trouble with stopping one attempt must not keep the call from going on.
      }
    }
  }
}
