package dev.weft.engine.outbound;

import dev.weft.engine.RequestContext;
import dev.weft.engine.spi.AsyncClient;
import dev.weft.engine.spi.MeshTls;
import dev.weft.engine.spi.OriginatedTls;
import dev.weft.engine.spi.Surroundings;
import dev.weft.engine.spi.Telemetry;
import dev.weft.engine.spi.Timer;
import dev.weft.engine.upstream.Target;
import dev.weft.engine.upstream.Upstream;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Begins outbound calls, and is what all of them share.
 *
 * <p>Mesh TLS, and what happens without a certificate: an endpoint that speaks mesh TLS is spoken
 * to in it. As long as this process never had a certificate, calls that need one wait for it,
 * together at most as long as for the first name table; then they go in plaintext, as those of a
 * client outside the mesh do: PERMISSIVE servers take them, STRICT ones refuse. Not so where the
 * destination requires mesh TLS, or once there was a certificate: then they are answered with 503
 * as by an Envoy without its secret, and nothing is ever sent in plaintext.
 */
public final class OutboundRouter {

  private static final long CERTIFICATE_POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final Supplier<OutboundSnapshot> snapshots;
  private final Surroundings surroundings;
  private final long startWaitNanos;

  private final Patience forNames;
  private final Patience forCertificate;
  private final Map<String, Demand> demands = new ConcurrentHashMap<>();
  private volatile boolean hadCertificate;

  /**
   * @param startWait longest wait for name tables, for a listener that is asked for the first time,
   *     and for the first certificate
   */
  public OutboundRouter(
      Supplier<OutboundSnapshot> snapshots, Surroundings surroundings, Duration startWait) {
    this.snapshots = snapshots;
    this.surroundings = surroundings;
    this.startWaitNanos = startWait.toNanos();
    forNames = new Patience(startWaitNanos);
    forCertificate = new Patience(startWaitNanos);
  }

  /**
   * @return null if the request is not the mesh's
   */
  public @Nullable OutboundCall begin(OutboundRequest request) {
    OutboundSnapshot snapshot = snapshots.get();
    RoutingTable table = snapshot.find(request, address());
    if (table == OutboundSnapshot.NOT_MESH) {
      return null;
    }
    RequestContext parent = RequestContext.current();
    if (parent != null && parent.isOwn()) {
      return null;
    }
    return table.isHeld()
        ? new ForwardedCall(this, request, parent, snapshot, table)
        : new UnresolvedCall(this, request, parent);
  }

  /** Whether the application may not speak TLS of its own with this host. */
  public boolean forbids(String host, int port) {
    if (!snapshots.get().forbids(host, port, address())) {
      return false;
    }
    RequestContext parent = RequestContext.current();
    return parent == null || !parent.isOwn();
  }

  /** These listeners have arrived: who misses one of them again later may wait for it again. */
  public void arrived(Iterable<String> listeners) {
    if (!demands.isEmpty()) {
      listeners.forEach(demands::remove);
    }
  }

  OutboundSnapshot snapshot() {
    return snapshots.get();
  }

  MeshTls tls() {
    return surroundings.tls();
  }

  AsyncClient remote() {
    return surroundings.remote();
  }

  Telemetry telemetry() {
    return surroundings.telemetry();
  }

  Timer timer() {
    return surroundings.timer();
  }

  RandomGenerator random() {
    return surroundings.random().get();
  }

  /** The workload's own; empty if it isn't known. */
  String address() {
    return surroundings.configuration().address();
  }

  /**
   * @return null if there is nothing to wait for, or no time left
   */
  @Nullable CompletableFuture<@Nullable Void> namesKnown() {
    long remaining = forNames.remainingNanos(timer().nanoTime());
    return remaining <= 0 ? null : bounded(surroundings.configuration().namesKnown(), remaining);
  }

  /**
   * @return null if there is nothing to wait for, or no time left
   */
  @Nullable CompletableFuture<@Nullable Void> demand(String listener) {
    Demand demand = demands.get(listener);
    if (demand == null) {
      Demand fresh = new Demand(new Patience(startWaitNanos), new CompletableFuture<>());
      demand = demands.putIfAbsent(listener, fresh);
      if (demand == null) {
        demand = fresh;
        surroundings
            .configuration()
            .demand(listener)
            .whenComplete((nothing, failure) -> fresh.answered.complete(null));
      }
    }
    long remaining = demand.patience.remainingNanos(timer().nanoTime());
    return remaining <= 0 ? null : bounded(demand.answered, remaining);
  }

  /** A listener that was asked for, once, and has not arrived. */
  private record Demand(Patience patience, CompletableFuture<@Nullable Void> answered) {}

  private CompletableFuture<@Nullable Void> bounded(CompletionStage<?> stage, long nanos) {
    CompletableFuture<@Nullable Void> until = new CompletableFuture<>();
    Runnable cancel = timer().schedule(nanos, () -> until.complete(null));
    stage.whenComplete(
        (nothing, failure) -> {
          cancel.run();
          until.complete(null);
        });
    return until;
  }

  boolean certificateReady() {
    boolean ready = surroundings.tls().ready();
    if (ready && !hadCertificate) {
      hadCertificate = true;
    }
    return ready;
  }

  /**
   * How an endpoint is to be spoken to now.
   *
   * @return null: not at all, for want of a certificate
   */
  @Nullable ConnectionKey key(Upstream cluster, Target target) {
    ConnectionKey secured = target.secured();
    if (secured == null) {
      return target.plaintext();
    }
    if (secured.tls() instanceof OriginatedTls originated) {
      return tls().ready(originated) ? secured : null;
    }
    if (certificateReady()) {
      return secured;
    }
    return hadCertificate() || cluster.cluster().tlsRequired() ? null : target.plaintext();
  }

  /** Whether plaintext is out of the question, certificate or not. */
  boolean hadCertificate() {
    return hadCertificate;
  }

  /**
   * @return null if there is no time left
   */
  @Nullable CompletableFuture<@Nullable Void> firstCertificate() {
    long now = timer().nanoTime();
    long remaining = forCertificate.remainingNanos(now);
    if (remaining <= 0) {
      return null;
    }
    CompletableFuture<@Nullable Void> until = new CompletableFuture<>();
    pollCertificate(until, now + remaining);
    return until;
  }

  private void pollCertificate(CompletableFuture<@Nullable Void> until, long deadline) {
    if (certificateReady() || timer().nanoTime() - deadline >= 0) {
      until.complete(null);
    } else {
      timer().schedule(CERTIFICATE_POLL_NANOS, () -> pollCertificate(until, deadline));
    }
  }
}
