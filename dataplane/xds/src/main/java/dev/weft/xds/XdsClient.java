package dev.weft.xds;

import dev.weft.engine.model.MeshHosts;
import dev.weft.engine.model.MeshSnapshot;
import dev.weft.engine.model.OtherHosts;
import dev.weft.engine.spi.ConfigurationSource;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a workload's configuration: subscribes to what is demanded over ADS (xDS v3), delta or
 * state of the world, reconnects for ever, and hands over a snapshot whenever what is held changed.
 * What was good stays in force when the server is away or sends something that can't be honoured.
 *
 * <p>Names follow proxyless gRPC (gRFC A27, Istio's grpcgen): listener {@code host:port} for calls,
 * {@code xds.istio.io/grpc/lds/inbound/IP:PORT} for what comes in.
 */
public final class XdsClient implements ConfigurationSource, AutoCloseable {

  private static final String INBOUND = "xds.istio.io/grpc/lds/inbound/";

  /**
   * When a name of which nothing was heard counts as missing.
   *
   * @param connected to whoever demands it, from a server that answers
   * @param disconnected the same, without one: a call must not wait for long
   * @param unheard to all else, from when a stream was told of the name
   */
  public record Patience(Duration connected, Duration disconnected, Duration unheard) {

    /** Of Envoy (initial_fetch_timeout) and gRPC (A53). */
    public static final Duration UNHEARD = Duration.ofSeconds(15);
  }

  private final ControlConnection connection;
  private final String address;
  private final Consumer<MeshSnapshot> engine;
  private final Patience patience;

  private final Map<String, CompletableFuture<@Nullable Void>> demands = new ConcurrentHashMap<>();
  private final CompletableFuture<@Nullable Void> namesKnown = new CompletableFuture<>();
  private volatile XdsStatus status;

  // The rest is the connection's thread's.
  private final Resources resources;
  private final SnapshotAssembler assembler;
  private final Set<String> outbound = new TreeSet<>();
  private final Set<String> inbound = new TreeSet<>();
  private final KeptStream stream;
  private final ExecutorService lookups = HostNames.lookups();
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
      XdsProtocol protocol,
      Clock clock) {
    this.connection = connection;
    this.address = workload.address();
    this.engine = engine;
    this.patience = patience;
    this.resources =
        new Resources(
            this::later,
            new HostNames(
                InetAddress::getAllByName,
                lookups,
                (delay, task) -> connection.after(delay.toMillis(), task),
                this::publishSoon));
    this.assembler = new SnapshotAssembler(resources, workload.namespace(), workload.locality());
    this.stream = new KeptStream(connection, workload.node(), protocol, clock, new Speaker());
    this.status = describe();
  }

  /** Connects, and keeps connecting. Returns at once. */
  public void start() {
    run(stream::connect);
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

  @Override
  public String address() {
    return address;
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
    run(stream::close);
    lookups.shutdownNow();
  }

  private void run(Runnable task) {
    if (!connection.execute(task)) {
      // The connection is closed; nothing will change any more.
      demands.values().forEach(demand -> demand.complete(null));
    }
  }

  /** Tells the stream what has become wanted and what is not any more. */
  private void subscribe() {
    Set<String> listeners = new TreeSet<>(outbound);
    listeners.addAll(inbound);
    resources.want(listeners);
    AdsStream open = stream.open();
    if (open == null) {
      return;
    }
    for (ResourceCache<?> cache : resources.inOrder()) {
      Interest interest = cache.change(open.bringsUnasked());
      if (interest != null) {
        open.subscribe(interest);
        giveUpAfter(patience.unheard(), open, cache, interest.added());
      }
    }
  }

  private void received(AdsStream open, Update update) {
    ResourceCache<?> cache = resources.ofType(update.typeUrl());
    if (cache == null) {
      Set<String> none = Set.of();
      open.answer(
          update,
          update.typeUrl() + " was not asked for",
          new Interest(update.typeUrl(), none, none, none, Map.of(), ""));
      return;
    }
    String rejection = cache.accept(update);
    open.answer(update, rejection, cache.standing());
    namesArrived |= cache == resources.nameTables;
    subscribe();
    publishSoon();
  }

  /** Each name that the stream is told of has its time, whoever refers to it (gRFC A53). */
  private void giveUpAfter(
      Duration time, AdsStream told, ResourceCache<?> cache, Set<String> names) {
    connection.after(
        time.toMillis(),
        () -> {
          Set<String> unheard = told == stream.open() ? cache.unheard(names) : Set.of();
          if (!unheard.isEmpty()) {
            unheard.forEach(cache::presumeMissing);
            publishSoon();
          }
        });
  }

  private void later(Duration delay, Runnable change) {
    connection.after(
        delay.toMillis(),
        () -> {
          change.run();
          subscribe();
          publishSoon();
        });
  }

  private void giveUpAfter(Duration time, String listener, boolean evenIfConnected) {
    connection.after(
        time.toMillis(),
        () -> {
          if ((evenIfConnected || !stream.isConnected()) && !resources.settled(listener)) {
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
      MeshSnapshot snapshot = assembler.assemble(outbound, namesArrived);
      engine.accept(snapshot);
      askForOthers(snapshot.hosts());
    } catch (RuntimeException e) {
      // A defect: whoever waits goes on with what the engine has.
      stream.failed("a snapshot could not be put in force: " + e);
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

  /** What becomes of hosts that nobody declares is asked for before anybody calls one. */
  private void askForOthers(@Nullable MeshHosts hosts) {
    if (hosts != null && hosts.others() != OtherHosts.LEFT_ALONE) {
      var unused = demand(MeshHosts.OTHERS_LISTENER);
    }
  }

  private XdsStatus describe() {
    return new XdsStatus(
        connection.address(),
        connection.addresses(),
        stream.variant(),
        stream.isConnected(),
        stream.since(),
        stream.lastFailure(),
        namesArrived,
        resources.status(),
        resources.notes());
  }

  private final class Speaker implements KeptStream.Owner {

    @Override
    public void opened(AdsStream opened, boolean sameServer) {
      resources.inOrder().forEach(cache -> cache.newStream(sameServer));
      subscribe();
    }

    @Override
    public void received(AdsStream from, Update update) {
      XdsClient.this.received(from, update);
    }

    @Override
    public void lost() {
      status = describe();
    }
  }
}
