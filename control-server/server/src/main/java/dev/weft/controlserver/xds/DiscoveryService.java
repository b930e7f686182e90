package dev.weft.controlserver.xds;

import com.google.common.util.concurrent.MoreExecutors;
import dev.weft.controlserver.identity.Caller;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc.AggregatedDiscoveryServiceImplBase;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The aggregated discovery service: every stream gets what it subscribed to, from the snapshot
 * published last. The streams share a pool of threads; each does one thing at a time.
 */
public final class DiscoveryService extends AggregatedDiscoveryServiceImplBase {
  private final Executor executor;
  private final Clock clock;
  private final DiscoveryMetrics metrics;
  private final Set<DeltaStream> streams = ConcurrentHashMap.newKeySet();
  private final AtomicLong streamNumbers = new AtomicLong();
  private volatile ResourceSnapshot snapshot = ResourceSnapshot.EMPTY;

  /** Streams do their work on the executor's threads; it must not run tasks in the caller's. */
  public DiscoveryService(Executor executor, Clock clock, DiscoveryMetrics metrics) {
    this.executor = executor;
    this.clock = clock;
    this.metrics = metrics;
    metrics.connected(streams::size);
  }

  /**
   * Makes a snapshot the current one. Streams are only told that there is one: a stream that can't
   * take responses now will see the newest when it can.
   */
  public void publish(ResourceSnapshot next) {
    snapshot = next;
    streams.forEach(DeltaStream::wake);
  }

  /** What the connected clients have; each answers when it comes to it. */
  public CompletableFuture<List<ClientStatus>> status() {
    List<CompletableFuture<List<ClientStatus>>> answers = new ArrayList<>();
    streams.forEach(stream -> answers.add(stream.status()));
    return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
        .thenApply(
            done -> answers.stream().map(CompletableFuture::join).flatMap(List::stream).toList());
  }

  /** Ends all streams, so that their clients reconnect. */
  public void shutdown() {
    streams.forEach(DeltaStream::shutdown);
  }

  @Override
  public StreamObserver<DeltaDiscoveryRequest> deltaAggregatedResources(
      StreamObserver<DeltaDiscoveryResponse> responses) {
    var transport = (ServerCallStreamObserver<DeltaDiscoveryResponse>) responses;
    Caller caller = Caller.current();
    DeltaStream stream =
        new DeltaStream(
            streamNumbers.incrementAndGet(),
            transport,
            (Node node) ->
                caller.admit(node.getMetadata(), identity -> XdsClient.of(node, identity)),
            caller.peerText(),
            clock.instant(),
            () -> snapshot,
            MoreExecutors.newSequentialExecutor(executor),
            metrics,
            streams::remove);
    streams.add(stream);
    return stream;
  }
}
