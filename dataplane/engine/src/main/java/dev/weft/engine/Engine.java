package dev.weft.engine;

import dev.weft.engine.inbound.InboundCall;
import dev.weft.engine.inbound.InboundRequest;
import dev.weft.engine.inbound.InboundSnapshot;
import dev.weft.engine.inbound.JudgedCall;
import dev.weft.engine.inbound.KnownPorts;
import dev.weft.engine.inbound.ListeningPorts;
import dev.weft.engine.inbound.MutualTlsMode;
import dev.weft.engine.limits.LimitSurroundings;
import dev.weft.engine.model.Cluster;
import dev.weft.engine.model.MeshSnapshot;
import dev.weft.engine.outbound.OutboundCall;
import dev.weft.engine.outbound.OutboundRequest;
import dev.weft.engine.outbound.OutboundRouter;
import dev.weft.engine.outbound.OutboundSnapshot;
import dev.weft.engine.spi.MeshRequests;
import dev.weft.engine.spi.MeshTls;
import dev.weft.engine.spi.OriginatedTls;
import dev.weft.engine.spi.Surroundings;
import dev.weft.engine.spi.Timer;
import dev.weft.engine.upstream.ClusterRequests;
import dev.weft.engine.upstream.HealthProbe;
import dev.weft.engine.upstream.Upstream;
import dev.weft.engine.upstream.Upstreams;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The mesh of this process, deciding by the configuration that it was given last. Run-time state
 * (active requests, ejections, load balancers' positions) outlives configuration, by cluster name
 * and endpoint address.
 */
public final class Engine implements Mesh {

  private final Surroundings surroundings;
  private final MutualTlsMode initialMode;
  private final Upstreams upstreams;
  private final OutboundRouter router;
  private final KnownPorts ports;
  private final MeshRequests mesh;
  private final LimitSurroundings limits;

  private volatile Compiled current;

  /**
   * @param initialMode of inbound ports of which the configuration says nothing
   *     (WEFT_INBOUND_INITIAL)
   * @param startWait how long calls may wait for configuration that never came before
   *     (WEFT_START_WAIT)
   */
  public Engine(Surroundings surroundings, MutualTlsMode initialMode, Duration startWait) {
    this.surroundings = surroundings;
    mesh =
        new ClusterRequests(
            name -> current.upstreams.get(name), surroundings.remote(), surroundings.tls());
    limits =
        new LimitSurroundings(
            surroundings.timer(), surroundings.random(), mesh, surroundings.limits());
    this.initialMode = initialMode;
    upstreams =
        new Upstreams(
            surroundings.timer(),
            surroundings.random(),
            new HealthProbe(surroundings.remote(), surroundings.tls()));
    current = compile(MeshSnapshot.EMPTY, null);
    router = new OutboundRouter(() -> current.outbound, surroundings, startWait);
    ports = new KnownPorts(() -> current.inbound);
  }

  /**
   * From now on new requests see this. Compiling it takes time in proportion to what is not the
   * very same object as in the snapshot before. May be called from any thread.
   */
  public synchronized void update(MeshSnapshot snapshot) {
    if (!snapshot.telemetry().equals(current.source.telemetry())) {
      surroundings.telemetry().update(snapshot.telemetry());
    }
    Set<String> trustDomains = new HashSet<>();
    snapshot.inbound().values().forEach(port -> trustDomains.addAll(port.trustDomains()));
    surroundings.tls().trust(trustDomains);
    Set<OriginatedTls> originated = new HashSet<>();
    for (Cluster cluster : snapshot.clusters().values()) {
      if (cluster.tls() instanceof OriginatedTls tls) {
        originated.add(tls);
      }
    }
    surroundings.tls().use(originated);
    current = compile(snapshot, current);
    router.arrived(snapshot.routes().keySet());
    ports.modesChanged();
  }

  private Compiled compile(MeshSnapshot snapshot, @Nullable Compiled before) {
    Map<String, Upstream> clusters = upstreams.update(snapshot.clusters());
    return new Compiled(
        snapshot,
        clusters,
        OutboundSnapshot.compile(
            snapshot, clusters, limits, before == null ? null : before.outbound),
        InboundSnapshot.compile(
            snapshot,
            initialMode,
            surroundings.tokens(),
            surroundings.checks(),
            mesh,
            limits,
            before == null ? null : before.inbound));
  }

  /** Sends what the data plane has to say to the mesh's clusters. */
  public MeshRequests requests() {
    return mesh;
  }

  /** The clusters of now; for people to look at. */
  public Collection<Upstream> upstreams() {
    return current.upstreams.values();
  }

  /** What was given last; for people to look at. */
  public MeshSnapshot snapshot() {
    return current.source;
  }

  @Override
  public @Nullable OutboundCall outbound(OutboundRequest request) {
    return router.begin(request);
  }

  @Override
  public boolean forbids(String host, int port) {
    return router.forbids(host, port);
  }

  @Override
  public InboundCall inbound(InboundRequest request) {
    return JudgedCall.of(current.inbound, request, surroundings.telemetry(), surroundings.timer());
  }

  @Override
  public ListeningPorts listeningPorts() {
    return ports;
  }

  /** The listening sockets, for who looks at the process from outside its modules. */
  public KnownPorts knownPorts() {
    return ports;
  }

  /** Runs {@code listener} after each change of the listening ports, on whatever thread made it. */
  public void onListeningPortsChange(Runnable listener) {
    ports.onChange(listener);
  }

  @Override
  public MeshTls tls() {
    return surroundings.tls();
  }

  @Override
  public Timer timer() {
    return surroundings.timer();
  }

  private record Compiled(
      MeshSnapshot source,
      Map<String, Upstream> upstreams,
      OutboundSnapshot outbound,
      InboundSnapshot inbound) {}
}
