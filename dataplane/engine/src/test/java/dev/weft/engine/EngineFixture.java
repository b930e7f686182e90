package dev.weft.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.inbound.MutualTlsMode;
import dev.weft.engine.model.Cluster;
import dev.weft.engine.model.InboundListener;
import dev.weft.engine.model.MeshHost;
import dev.weft.engine.model.MeshHosts;
import dev.weft.engine.model.MeshSnapshot;
import dev.weft.engine.model.Route;
import dev.weft.engine.model.RouteTable;
import dev.weft.engine.model.RouteTable.VirtualHost;
import dev.weft.engine.outbound.Attempt;
import dev.weft.engine.outbound.OutboundCall;
import dev.weft.engine.outbound.OutboundStep;
import dev.weft.engine.outbound.OutboundStep.Send;
import dev.weft.engine.outbound.OutboundStep.Wait;
import dev.weft.engine.spi.ConfigurationSource;
import dev.weft.engine.spi.MeshTls;
import dev.weft.engine.spi.OriginatedTls;
import dev.weft.engine.spi.PeerTls;
import dev.weft.engine.spi.Surroundings;
import dev.weft.engine.spi.UpstreamTls;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * An engine in a world made for tests: virtual time, a certificate that is there or not, the host
 * {@code catalog.shop.svc.cluster.local} (also {@code catalog}) with port 8080.
 */
public final class EngineFixture {

  public static final String HOST = "catalog.shop.svc.cluster.local";
  public static final String LISTENER = HOST + ":8080";
  public static final Duration START_WAIT = Duration.ofSeconds(2);

  public final VirtualTimer timer = new VirtualTimer();
  public final ScriptedClient remote = new ScriptedClient();
  public final RecordingTelemetry telemetry = new RecordingTelemetry();
  public final CompletableFuture<@Nullable Void> namesKnown = new CompletableFuture<>();
  public final CompletableFuture<@Nullable Void> answered = new CompletableFuture<>();
  public final List<String> demanded = new ArrayList<>();
  public boolean certificate = true;

  /** Whether what is in files of TLS can be had. */
  public boolean files = true;

  public String address = "10.1.2.3";
  public boolean serversMet;
  public final Engine engine;

  public EngineFixture() {
    this(MutualTlsMode.PERMISSIVE, 42);
  }

  public EngineFixture(MutualTlsMode initial, long seed) {
    Random random = new Random(seed);
    engine =
        new Engine(
            new Surroundings(new Source(), new Tls(), remote, telemetry, timer, () -> random),
            initial,
            START_WAIT);
  }

  public static MeshHosts hosts() {
    MeshHost catalog = new MeshHost(HOST, List.of("10.0.0.7"), List.of(8080));
    return MeshHosts.builder().host(catalog).alias("catalog", catalog).build();
  }

  /** One virtual host with these routes, and these clusters. */
  public EngineFixture configure(List<Route> routes, Cluster... clusters) {
    VirtualHost virtualHost =
        new VirtualHost("catalog", List.of(HOST, LISTENER, "catalog", "catalog:8080"), routes);
    engine.update(snapshot(new RouteTable(LISTENER, List.of(virtualHost)), clusters));
    return this;
  }

  public static MeshSnapshot snapshot(RouteTable table, Cluster... clusters) {
    return new MeshSnapshot(
        hosts(),
        Map.of(LISTENER, table),
        Stream.of(clusters).collect(Collectors.toMap(Cluster::name, Function.identity())),
        Map.of());
  }

  public EngineFixture inbound(InboundListener... listeners) {
    engine.update(
        new MeshSnapshot(
            hosts(),
            Map.of(),
            Map.of(),
            Stream.of(listeners)
                .collect(Collectors.toMap(InboundListener::port, Function.identity()))));
    return this;
  }

  /** A call that is the mesh's. */
  public OutboundCall call(FakeRequest request) {
    return Objects.requireNonNull(engine.outbound(request), "not the mesh's");
  }

  public OutboundCall call() {
    return call(new FakeRequest());
  }

  public static Attempt send(OutboundCall call) {
    OutboundStep step = call.next();
    assertThat(step).isInstanceOf(Send.class);
    return ((Send) step).attempt();
  }

  public static Answer respond(OutboundCall call) {
    OutboundStep step = call.next();
    assertThat(step).isInstanceOf(OutboundStep.Respond.class);
    return ((OutboundStep.Respond) step).answer();
  }

  public static CompletableFuture<?> await(OutboundCall call) {
    OutboundStep step = call.next();
    assertThat(step).isInstanceOf(Wait.class);
    return ((Wait) step).until().toCompletableFuture();
  }

  public static OutboundStep.Done done(OutboundCall call) {
    OutboundStep step = call.next();
    assertThat(step).isInstanceOf(OutboundStep.Done.class);
    return (OutboundStep.Done) step;
  }

  /** Waits out a back-off (250 ms at most) in virtual time, and expects another attempt. */
  public Attempt sendAgain(OutboundCall call) {
    CompletableFuture<?> backOff = await(call);
    assertThat(backOff).isNotDone();
    timer.pass(Duration.ofMillis(250));
    assertThat(backOff).isDone();
    return send(call);
  }

  public static int port(Attempt attempt) {
    return attempt.endpoint().address().getPort();
  }

  private final class Source implements ConfigurationSource {
    @Override
    public CompletionStage<?> demand(String listener) {
      demanded.add(listener);
      return answered;
    }

    @Override
    public CompletionStage<?> namesKnown() {
      return namesKnown;
    }

    @Override
    public String address() {
      return address;
    }
  }

  private final class Tls implements MeshTls {
    @Override
    public boolean ready() {
      return certificate;
    }

    @Override
    public boolean ready(UpstreamTls tls) {
      return tls instanceof OriginatedTls ? files : ready();
    }

    @Override
    public SSLContext clientContext(UpstreamTls peer) {
      throw new UnsupportedOperationException();
    }

    @Override
    public SSLEngine serverEngine(List<String> applicationProtocols) {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean hasMet(PeerTls peer, InetSocketAddress address) {
      return serversMet;
    }

    @Override
    public @Nullable String peerId(SSLSession session) {
      return null;
    }
  }
}
