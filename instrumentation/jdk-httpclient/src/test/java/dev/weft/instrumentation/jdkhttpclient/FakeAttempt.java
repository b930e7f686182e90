package dev.weft.instrumentation.jdkhttpclient;

import dev.weft.engine.HeaderEdits;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.model.Endpoint;
import dev.weft.engine.outbound.Attempt;
import dev.weft.engine.outbound.ConnectionKey;
import dev.weft.engine.outbound.ResponseRecorder;
import dev.weft.engine.spi.PeerTls;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** An attempt that notes what is reported to it. */
final class FakeAttempt implements Attempt {

  private final Endpoint endpoint;
  private final @Nullable PeerTls tls;
  private final @Nullable HeaderEdits requestHeaders;
  private final int number;
  private final Duration connectTimeout;

  /** In order: {@code responded 200}, {@code completed}, {@code failed CONNECT}, … */
  final List<String> events = new CopyOnWriteArrayList<>();

  /** Completes when its outcome is known: a status, or 0 for a failure. */
  final CompletableFuture<Integer> outcome = new CompletableFuture<>();

  final CompletableFuture<Void> ended = new CompletableFuture<>();
  volatile @Nullable Throwable failure;
  volatile @Nullable HeaderSource responseHeaders;
  volatile @Nullable String path;
  volatile @Nullable String authority;
  private @Nullable Runnable abort;

  /** Of the response's body. */
  final ByteArrayOutputStream recorded = new ByteArrayOutputStream();

  volatile boolean recordedWhole;

  FakeAttempt(
      Endpoint endpoint,
      @Nullable PeerTls tls,
      @Nullable HeaderEdits requestHeaders,
      int number,
      Duration connectTimeout) {
    this.endpoint = endpoint;
    this.tls = tls;
    this.requestHeaders = requestHeaders;
    this.number = number;
    this.connectTimeout = connectTimeout;
  }

  /** What was reported of it from beginning to end, once it has ended, which may be later. */
  List<String> story() {
    ended.orTimeout(30, TimeUnit.SECONDS).join();
    return events;
  }

  void abort() {
    Runnable hook = abort;
    if (hook != null) {
      abort = null;
      hook.run();
    }
  }

  @Override
  public Endpoint endpoint() {
    return endpoint;
  }

  @Override
  public @Nullable PeerTls tls() {
    return tls;
  }

  @Override
  public ConnectionKey connectionKey() {
    return new ConnectionKey(endpoint.address(), tls);
  }

  @Override
  public HeaderEdits requestHeaders(boolean callerKnown) {
    if (requestHeaders == null) {
      throw new NoClassDefFoundError("dev/weft/engine/Gone");
    }
    return requestHeaders;
  }

  @Override
  public @Nullable String path() {
    return path;
  }

  @Override
  public @Nullable String authority() {
    return authority;
  }

  @Override
  public int number() {
    return number;
  }

  @Override
  public Duration connectTimeout() {
    return connectTimeout;
  }

  @Override
  public void onAbort(Runnable hook) {
    this.abort = hook;
  }

  @Override
  public void responded(int status, HeaderSource headers) {
    events.add("responded " + status);
    responseHeaders = headers;
    outcome.complete(status);
  }

  @Override
  public ResponseRecorder recorder() {
    return new ResponseRecorder() {
      @Override
      public void write(ByteBuffer part) {
        byte[] bytes = new byte[part.remaining()];
        part.duplicate().get(bytes);
        recorded.writeBytes(bytes);
      }

      @Override
      public void end() {
        recordedWhole = true;
      }

      @Override
      public void giveUp() {}
    };
  }

  @Override
  public void trailers(HeaderSource trailers) {}

  @Override
  public void completed() {
    events.add("completed");
    ended.complete(null);
  }

  @Override
  public void failed(Failure kind, Throwable cause) {
    events.add("failed " + kind);
    failure = cause;
    outcome.complete(0);
    ended.complete(null);
  }
}
