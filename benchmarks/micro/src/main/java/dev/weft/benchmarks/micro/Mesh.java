package dev.weft.benchmarks.micro;

import dev.weft.engine.Engine;
import dev.weft.engine.SystemTimer;
import dev.weft.engine.inbound.MutualTlsMode;
import dev.weft.engine.model.Assignment;
import dev.weft.engine.model.CircuitBreakers;
import dev.weft.engine.model.Cluster;
import dev.weft.engine.model.Condition;
import dev.weft.engine.model.Endpoint;
import dev.weft.engine.model.InboundFilter;
import dev.weft.engine.model.InboundListener;
import dev.weft.engine.model.LoadBalancing;
import dev.weft.engine.model.MeshHost;
import dev.weft.engine.model.MeshHosts;
import dev.weft.engine.model.MeshSnapshot;
import dev.weft.engine.model.RouteTable;
import dev.weft.engine.model.StringMatch;
import dev.weft.engine.spi.AsyncClient;
import dev.weft.engine.spi.ConfigurationSource;
import dev.weft.engine.spi.MeshTls;
import dev.weft.engine.spi.SilentTelemetry;
import dev.weft.engine.spi.Surroundings;
import dev.weft.engine.spi.UpstreamTls;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** An engine with nothing around it. */
final class Mesh {

  static final String CLUSTER = "outbound|8080||catalog";
  static final int PORT = 8080;

  private Mesh() {}

  static Engine engine() {
    return new Engine(
        new Surroundings(
            new NoSource(),
            new NoTls(),
            unreachable(),
            SilentTelemetry.INSTANCE,
            new SystemTimer(),
            ThreadLocalRandom::current),
        MutualTlsMode.PERMISSIVE,
        Duration.ofSeconds(1));
  }

  static MeshSnapshot snapshot(Map<String, RouteTable> byHost, int endpoints) {
    MeshHosts.Builder hosts = MeshHosts.builder();
    Map<String, RouteTable> routes = new HashMap<>();
    byHost.forEach(
        (host, table) -> {
          hosts.host(new MeshHost(host, List.of(), List.of(PORT)));
          routes.put(host + ":" + PORT, table);
        });
    return new MeshSnapshot(
        hosts.build(),
        routes,
        Map.of(CLUSTER, cluster(endpoints)),
        Map.of(PORT, new InboundListener(PORT, MutualTlsMode.STRICT, List.of(policies()))));
  }

  private static Cluster cluster(int endpoints) {
    return new Cluster(
        CLUSTER,
        LoadBalancing.LEAST_REQUEST,
        Duration.ofSeconds(10),
        null,
        false,
        null,
        CircuitBreakers.NONE,
        Assignment.of(IntStream.range(0, endpoints).mapToObj(Mesh::endpoint).toList()));
  }

  private static Endpoint endpoint(int i) {
    return new Endpoint(
        InetSocketAddress.createUnresolved("10.0." + i / 250 + "." + i % 250, PORT),
        false,
        false,
        1,
        Map.of());
  }

  /** One of three callers is allowed. */
  private static InboundFilter policies() {
    List<InboundFilter.Policy> policies =
        List.of("admin", "search", "storefront").stream()
            .map(
                account ->
                    new InboundFilter.Policy(
                        account,
                        new Condition.PeerIs(
                            new StringMatch.Exact(
                                "spiffe://cluster.local/ns/shop/sa/" + account, false))))
            .toList();
    return new InboundFilter.Rbac(
        new InboundFilter.Rules(InboundFilter.Action.ALLOW, policies), null, "");
  }

  /** Nothing here is asked of anybody else. */
  private static AsyncClient unreachable() {
    return (AsyncClient)
        Proxy.newProxyInstance(
            Mesh.class.getClassLoader(),
            new Class<?>[] {AsyncClient.class},
            (proxy, method, arguments) -> {
              throw new UnsupportedOperationException(method.getName());
            });
  }

  private static final class NoSource implements ConfigurationSource {
    @Override
    public CompletionStage<?> demand(String listener) {
      return new CompletableFuture<>();
    }

    @Override
    public CompletionStage<?> namesKnown() {
      return new CompletableFuture<>();
    }
  }

  private static final class NoTls implements MeshTls {
    @Override
    public boolean ready() {
      return false;
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
    public @Nullable String peerId(SSLSession session) {
      return null;
    }
  }
}
