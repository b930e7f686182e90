package dev.weft.controlserver.xds;

import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Joins one gRPC stream to its {@link DeltaSession}. Whatever happens (a request, another snapshot,
 * the transport being ready again) wakes it; awake, it sends for as long as there is something to
 * send and the transport takes it. Requests are taken one at a time. So neither direction has a
 * queue.
 */
final class DeltaStream implements StreamObserver<DeltaDiscoveryRequest> {
  private static final Logger log = LoggerFactory.getLogger(DeltaStream.class);

  private final long number;
  private final ServerCallStreamObserver<DeltaDiscoveryResponse> transport;
  private final Function<Node, XdsClient> admission;
  private final String peer;
  private final Instant connected;
  private final Supplier<ResourceSnapshot> snapshot;
  private final Executor serial;
  private final DiscoveryMetrics metrics;
  private final Consumer<DeltaStream> onEnd;
  private final AtomicBoolean awake = new AtomicBoolean();

  // Touched in the serial executor only.
  private @Nullable DeltaSession session;
  private boolean ended;

  /**
   * @param admission who the node of the first request is; throws StatusRuntimeException to refuse
   *     it
   * @param serial runs one task at a time, in order
   */
  DeltaStream(
      long number,
      ServerCallStreamObserver<DeltaDiscoveryResponse> transport,
      Function<Node, XdsClient> admission,
      String peer,
      Instant connected,
      Supplier<ResourceSnapshot> snapshot,
      Executor serial,
      DiscoveryMetrics metrics,
      Consumer<DeltaStream> onEnd) {
    this.number = number;
    this.transport = transport;
    this.admission = admission;
    this.peer = peer;
    this.connected = connected;
    this.snapshot = snapshot;
    this.serial = serial;
    this.metrics = metrics;
    this.onEnd = onEnd;
    transport.disableAutoRequest();
    transport.setOnReadyHandler(this::wake);
    transport.setOnCancelHandler(this::left);
    transport.request(1);
  }

  /** Any thread may call this, any number of times; what it causes happens once. */
  void wake() {
    if (awake.compareAndSet(false, true)) {
      serial.execute(
          () -> {
            awake.set(false);
            attempt(this::send);
          });
    }
  }

  @Override
  public void onNext(DeltaDiscoveryRequest request) {
    serial.execute(() -> receive(request));
  }

  @Override
  public void onError(Throwable cause) {
    left();
  }

  @Override
  public void onCompleted() {
    serial.execute(() -> close(null));
  }

  private void left() {
    serial.execute(this::end);
  }

  void shutdown() {
    serial.execute(
        () ->
            close(
                Status.UNAVAILABLE
                    .withDescription("the control server shuts down")
                    .asRuntimeException()));
  }

  CompletableFuture<List<ClientStatus>> status() {
    return CompletableFuture.supplyAsync(
        () ->
            session == null
                ? List.of()
                : List.of(
                    new ClientStatus(number, session.client(), peer, connected, session.status())),
        serial);
  }

  private void receive(DeltaDiscoveryRequest request) {
    if (ended) {
      return;
    }
    attempt(
        () -> {
          if (session == null) {
            session = new DeltaSession(admission.apply(request.getNode()));
            log.info("{} connected from {}", session.client().node(), peer);
          }
          Verdict verdict = session.request(request);
          metrics.answered(verdict);
          if (verdict == Verdict.REJECTED) {
            log.warn(
                "{} rejected {}: {}",
                session.client().node(),
                request.getTypeUrl(),
                request.getErrorDetail().getMessage());
          }
          send();
          transport.request(1);
        });
  }

  private void attempt(Runnable step) {
    try {
      step.run();
    } catch (StatusRuntimeException e) {
      close(e);
    } catch (RuntimeException e) {
      log.error("a stream from {} failed", peer, e);
      close(Status.INTERNAL.withDescription("see the control server's log").asRuntimeException());
    }
  }

  private void send() {
    while (!ended && session != null && transport.isReady()) {
      DeltaDiscoveryResponse response = session.next(snapshot.get());
      if (response == null) {
        return;
      }
      transport.onNext(response);
      metrics.sent(response.getResourcesCount(), response.getRemovedResourcesCount());
    }
  }

  private void close(@Nullable StatusRuntimeException refusal) {
    if (ended) {
      return;
    }
    end();
    if (refusal == null) {
      transport.onCompleted();
    } else {
      log.warn("a stream from {} is ended: {}", peer, refusal.getStatus().getDescription());
      transport.onError(refusal);
    }
  }

  private void end() {
    if (!ended) {
      ended = true;
      onEnd.accept(this);
      if (session != null) {
        log.info("{} disconnected", session.client().node());
      }
    }
  }
}
