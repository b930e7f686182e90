package dev.weft.remote;

import dev.weft.engine.Header;
import dev.weft.engine.outbound.ConnectionKey;
import dev.weft.engine.spi.AsyncClient.CallFailed;
import dev.weft.engine.spi.Timer;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.okhttp.OkHttpChannelBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Makes unary calls of encoded messages, and keeps channels for the next. */
final class GrpcChannels implements AutoCloseable {

  static final long IDLE_NANOS = 60_000_000_000L;

  /** The authority is the channel's: a call can't have one of its own on a secured socket. */
  private record Target(ConnectionKey to, String authority) {}

  private static final class Kept {
    final ManagedChannel channel;
    int calls;
    long unusedSince;

    Kept(ManagedChannel channel) {
      this.channel = channel;
    }
  }

  private final Dialer dialer;
  private final OwnThreads threads;
  private final Timer timer;
  private final int maxBytes;

  // Guarded by this.
  private final Map<Target, Kept> channels = new HashMap<>();
  private boolean sweeping;
  private boolean closed;

  /**
   * @param maxBytes what an answer may have
   */
  GrpcChannels(Dialer dialer, OwnThreads threads, Timer timer, int maxBytes) {
    this.dialer = dialer;
    this.threads = threads;
    this.timer = timer;
    this.maxBytes = maxBytes;
  }

  CompletionStage<byte[]> unary(
      ConnectionKey to,
      String authority,
      String method,
      List<Header> metadata,
      byte[] message,
      Duration timeout) {
    Target target = new Target(to, authority);
    Kept kept;
    try {
      kept = acquire(target);
    } catch (IOException | RuntimeException e) {
      return CompletableFuture.failedStage(e);
    }
    Answer answer = new Answer(to, () -> release(kept));
    try {
      // A channel that failed would go on failing calls with the old error until it tries again.
      if (kept.channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
        kept.channel.enterIdle();
      }
      CallOptions options =
          CallOptions.DEFAULT.withDeadlineAfter(timeout.toNanos(), TimeUnit.NANOSECONDS);
      ClientCall<byte[], byte[]> call = kept.channel.newCall(descriptor(method), options);
      call.start(answer, headers(metadata));
      call.request(2); // a second message would be an error
      call.sendMessage(message);
      call.halfClose();
    } catch (RuntimeException | OutOfMemoryError e) {
      // The latter where there is no other thread to be had.
      answer.end(e);
    }
    return answer.future;
  }

  private synchronized Kept acquire(Target target) throws IOException {
    if (closed) {
      throw new IOException("this workload has ended");
    }
    Kept kept = channels.get(target);
    if (kept == null) {
      kept = new Kept(open(target));
      channels.put(target, kept);
    }
    kept.calls++;
    return kept;
  }

  private synchronized void release(Kept kept) {
    kept.calls--;
    kept.unusedSince = timer.nanoTime();
    sweepLater();
  }

  private ManagedChannel open(Target target) {
    ConnectionKey to = target.to();
    return OkHttpChannelBuilder.forAddress(to.address().getHostString(), to.address().getPort())
        .overrideAuthority(target.authority())
        // As far as gRPC knows: the sockets that it is given are secured already.
        .usePlaintext()
        .socketFactory(new DialingSocketFactory(dialer, to))
        .executor(threads)
        .transportExecutor(threads)
        .disableRetry()
        .disableServiceConfigLookUp()
        // Never the application's ProxySelector: its code is not to run here.
        .proxyDetector(address -> null)
        .maxInboundMessageSize(maxBytes)
        .build();
  }

  private void sweepLater() {
    if (!sweeping && !closed) {
      sweeping = true;
      timer.schedule(IDLE_NANOS, () -> threads.execute(this::sweep));
    }
  }

  private void sweep() {
    takeIdle().forEach(ManagedChannel::shutdown);
  }

  private synchronized List<ManagedChannel> takeIdle() {
    sweeping = false;
    List<ManagedChannel> idle = new ArrayList<>();
    for (Iterator<Kept> all = channels.values().iterator(); all.hasNext(); ) {
      Kept kept = all.next();
      if (kept.calls == 0 && timer.nanoTime() - kept.unusedSince >= IDLE_NANOS) {
        idle.add(kept.channel);
        all.remove();
      }
    }
    if (!channels.isEmpty()) {
      sweepLater();
    }
    return idle;
  }

  @Override
  public void close() {
    List<ManagedChannel> open = new ArrayList<>();
    synchronized (this) {
      closed = true;
      channels.values().forEach(kept -> open.add(kept.channel));
      channels.clear();
    }
    open.forEach(ManagedChannel::shutdownNow);
  }

  private static MethodDescriptor<byte[], byte[]> descriptor(String method) {
    return MethodDescriptor.<byte[], byte[]>newBuilder()
        .setType(MethodType.UNARY)
        .setFullMethodName(method)
        .setRequestMarshaller(Bytes.AS_THEY_ARE)
        .setResponseMarshaller(Bytes.AS_THEY_ARE)
        .build();
  }

  private static Metadata headers(List<Header> metadata) {
    Metadata headers = new Metadata();
    for (Header header : metadata) {
      if (header.name().endsWith(Metadata.BINARY_HEADER_SUFFIX)) {
        headers.put(
            Metadata.Key.of(header.name(), Metadata.BINARY_BYTE_MARSHALLER),
            Base64.getDecoder().decode(header.value()));
      } else {
        headers.put(
            Metadata.Key.of(header.name(), Metadata.ASCII_STRING_MARSHALLER), header.value());
      }
    }
    return headers;
  }

  private enum Bytes implements MethodDescriptor.Marshaller<byte[]> {
    AS_THEY_ARE;

    @Override
    public InputStream stream(byte[] message) {
      return new ByteArrayInputStream(message);
    }

    @Override
    public byte[] parse(InputStream message) {
      try {
        return message.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static final class Answer extends ClientCall.Listener<byte[]> {

    private final CompletableFuture<byte[]> future = new CompletableFuture<>();
    private final ConnectionKey from;
    private final Runnable ended;
    private byte @Nullable [] message;

    Answer(ConnectionKey from, Runnable ended) {
      this.from = from;
      this.ended = ended;
    }

    @Override
    public void onMessage(byte[] received) {
      message = received;
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      byte[] received = message;
      if (status.isOk() && received != null) {
        ended.run();
        OwnThreads.asOthers(() -> future.complete(received));
        return;
      }
      String words = status.isOk() ? "no message" : status.getCode() + words(status);
      end(
          new CallFailed(
              status.getCode().value(),
              "the answer from " + from + " is " + words,
              status.getCause()));
    }

    private static String words(Status status) {
      return status.getDescription() == null ? "" : ": " + status.getDescription();
    }

    void end(Throwable reason) {
      if (!future.isDone()) {
        ended.run();
        OwnThreads.asOthers(() -> future.completeExceptionally(reason));
      }
    }
  }
}
