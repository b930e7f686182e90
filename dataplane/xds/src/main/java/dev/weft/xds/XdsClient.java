package dev.weft.xds;

import dev.weft.engine.model.MeshSnapshot;
import dev.weft.engine.spi.ConfigurationSource;
import dev.weft.xds.proto.DeltaDiscoveryRequest;
import dev.weft.xds.proto.DeltaDiscoveryResponse;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a workload's configuration: subscribes to what is demanded over incremental ADS (xDS v3),
 * reconnects for ever, and hands over a snapshot whenever what is held changed. What was good stays
 * in force when the server is away or sends something that can't be honoured.
 *
 * <p>Names follow proxyless gRPC (gRFC A27, Istio's grpcgen): listener {@code host:port} for calls,
 * {@code xds.istio.io/grpc/lds/inbound/IP:PORT} for what comes in.
 */
public final class XdsClient implements ConfigurationSource, AutoCloseable {

  private static final Logger log = Logger.getLogger(XdsClient.class.getName());

  private static final String INBOUND = "xds.istio.io/grpc/lds/inbound/";

  /**
   * When a name of which nothing was heard counts as missing.
   *
   * @param connected with a server that answers: Envoy's and gRPC's 15 s
   * @param disconnected without one: a call must not wait for long
   */
  public record Patience(Duration connected, Duration disconnected) {

    public static final Patience DEFAULT =
        new Patience(Duration.ofSeconds(15), Duration.ofSeconds(2));
  }

  private final ControlConnection connection;
  private final Workload workload;
  private final Consumer<MeshSnapshot> engine;
  private final Patience patience;
  private final Clock clock;

  private final Map<String, CompletableFuture<@Nullable Void>> demands = new ConcurrentHashMap<>();
  private final CompletableFuture<@Nullable Void> namesKnown = new CompletableFuture<>();
  private volatile XdsStatus status;

  // The rest is the connection's thread's.
  private final Backoff backoff = new Backoff(() -> ThreadLocalRandom.current().nextDouble());
  private final Resources resources = new Resources();
  private final SnapshotAssembler assembler;
  private final Set<String> outbound = new TreeSet<>();
  private final Set<String> inbound = new TreeSet<>();
  private @Nullable AdsStream stream;
  private boolean closed;
  private boolean connected;
  private Instant since;
  private @Nullable String lastFailure;

  /** What was said of it; null when the server has taken the stream since. */
  private @Nullable String refusal;

  private boolean namesArrived;
  private boolean publishDue;

  /**
   * @param engine given each snapshot, in order, on the connection's thread; must not block
   */
  public XdsClient(
      ControlConnection connection,
      Workload workload,
      Consumer<MeshSnapshot> engine,
      Patience patience,
      Clock clock) {
    this.connection = connection;
    this.workload = workload;
    this.engine = engine;
    this.patience = patience;
    this.clock = clock;
    this.assembler = new SnapshotAssembler(resources, workload.namespace());
    this.since = clock.instant();
    this.status = describe();
  }

  /** Connects, and keeps connecting. Returns at once. */
  public void start() {
    run(this::connect);
  }

  /**
   * {@inheritDoc}
   *
   * <p>Completes on the connection's thread: what depends on it must not block. A listener of which
   * nothing is heard for too long ({@link Patience}) counts as missing until it arrives.
   */
  @Override
  public CompletionStage<?> demand(String listener) {
    CompletableFuture<@Nullable Void> known = demands.get(listener);
    if (known != null) {
      return known;
    }
    CompletableFuture<@Nullable Void> demand = new CompletableFuture<>();
    known = demands.putIfAbsent(listener, demand);
    if (known != null) {
      return known;
    }
    run(
        () -> {
          outbound.add(listener);
          subscribe();
          giveUpAfter(patience.disconnected(), listener, false);
          giveUpAfter(patience.connected(), listener, true);
        });
    return demand;
  }

  @Override
  public CompletionStage<?> namesKnown() {
    return namesKnown;
  }

  /** Subscribes to what may come in through a port of this workload. */
  public void inbound(String ip, int port) {
    run(
        () -> {
          String host = ip.indexOf(':') < 0 ? ip : "[" + ip + "]";
          if (inbound.add(INBOUND + host + ":" + port)) {
            subscribe();
          }
        });
  }

  /** As of the last change. Never blocks. */
  public XdsStatus status() {
    return status;
  }

  /** Ends the stream. The connection stays open. */
  @Override
  public void close() {
    run(
        () -> {
          closed = true;
          AdsStream open = stream;
          stream = null;
          if (open != null) {
            open.end();
          }
        });
  }

  private void run(Runnable task) {
    if (!connection.execute(task)) {
      // The connection is closed; nothing will change any more.
      demands.values().forEach(demand -> demand.complete(null));
    }
  }

  private void connect() {
    if (closed || stream != null) {
      return;
    }
    connection.expectReachable();
    resources.inOrder().forEach(ResourceCache::newStream);
    try {
      stream = new AdsStream(connection.channel(), workload.node(), new StreamOwner());
      subscribe();
    } catch (RuntimeException e) {
      ended(e);
    }
  }

  private void ended(@Nullable Throwable cause) {
    stream = null;
    if (connected) {
      since = clock.instant();
    }
    connected = false;
    lastFailure = Failure.text(cause);
    if (Failure.isRefusal(cause) && !lastFailure.equals(refusal)) {
      refusal = lastFailure;
      log.warning(
          connection.address()
              + " refuses this workload, which goes on with what it has: "
              + refusal);
    }
    status = describe();
    if (!closed) {
      connection.after(backoff.nextMillis(), this::connect);
    }
  }

  /** Tells the stream what has become wanted and what is not any more. */
  private void subscribe() {
    Set<String> listeners = new TreeSet<>(outbound);
    listeners.addAll(inbound);
    resources.want(listeners);
    AdsStream open = stream;
    if (open == null) {
      return;
    }
    for (ResourceCache<?> cache : resources.inOrder()) {
      DeltaDiscoveryRequest.Builder request = cache.request();
      if (request != null) {
        open.send(request);
      }
    }
  }

  private void received(AdsStream open, DeltaDiscoveryResponse response) {
    if (!connected) {
      connected = true;
      since = clock.instant();
      refusal = null;
      backoff.reset();
    }
    ResourceCache<?> cache = resources.ofType(response.getTypeUrl());
    if (cache == null) {
      open.answer(response, response.getTypeUrl() + " was not asked for");
      return;
    }
    open.answer(response, cache.accept(response));
    namesArrived |= cache == resources.nameTables;
    subscribe();
    publishSoon();
  }

  private void giveUpAfter(Duration time, String listener, boolean evenIfConnected) {
    connection.after(
        time.toMillis(),
        () -> {
          if ((evenIfConnected || !connected) && !resources.settled(listener)) {
            resources.giveUp(listener);
            publishSoon();
          }
        });
  }

  /** After what is already in the queue: responses that arrive together make one snapshot. */
  private void publishSoon() {
    if (!publishDue) {
      publishDue = true;
      run(this::publish);
    }
  }

  private void publish() {
    publishDue = false;
    try {
      engine.accept(assembler.assemble(outbound, namesArrived));
    } catch (RuntimeException e) {
      // A defect: whoever waits goes on with what the engine has.
      lastFailure = "a snapshot could not be put in force: " + e;
    }
    status = describe();
    if (namesArrived) {
      namesKnown.complete(null);
    }
    for (String listener : outbound) {
      CompletableFuture<@Nullable Void> demand = demands.get(listener);
      if (demand != null && !demand.isDone() && resources.settled(listener)) {
        demand.complete(null);
      }
    }
  }

  private XdsStatus describe() {
    return new XdsStatus(
        connection.address(),
        connected,
        since,
        lastFailure,
        namesArrived,
        resources.status(),
        resources.notes());
  }

  /** Hears of the stream of the moment; a stream that was given up is not listened to. */
  private final class StreamOwner implements AdsStream.Owner {

    @Override
    public void received(AdsStream from, DeltaDiscoveryResponse response) {
      if (from == stream) {
        XdsClient.this.received(from, response);
      }
    }

    @Override
    public void ended(AdsStream from, @Nullable Throwable cause) {
      if (from == stream) {
        XdsClient.this.ended(cause);
      }
    }
  }
}
