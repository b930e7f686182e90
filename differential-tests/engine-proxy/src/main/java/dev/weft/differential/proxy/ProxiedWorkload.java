package dev.weft.differential.proxy;

import dev.weft.engine.Engine;
import dev.weft.engine.Mesh;
import dev.weft.engine.SystemTimer;
import dev.weft.engine.inbound.MutualTlsMode;
import dev.weft.engine.spi.ConfigurationSource;
import dev.weft.engine.spi.MeshTls;
import dev.weft.engine.spi.Surroundings;
import dev.weft.engine.spi.Telemetry;
import dev.weft.identity.Svid;
import dev.weft.identity.WorkloadTls;
import dev.weft.jwt.TokenVerifier;
import dev.weft.remote.RemoteClient;
import dev.weft.telemetry.MeshTelemetry;
import dev.weft.telemetry.WorkloadFacts;
import dev.weft.xds.ControlConnection;
import dev.weft.xds.ControlServer;
import dev.weft.xds.TokenSource;
import dev.weft.xds.Workload;
import dev.weft.xds.XdsClient;
import dev.weft.xds.XdsProtocol;
import dev.weft.xds.authz.CheckMessages;
import dev.weft.xds.ratelimit.RateLimitMessages;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;

/** An engine and what configures it: the parts that a carrier's process has. */
final class ProxiedWorkload {

  private static final SystemTimer TIMER = new SystemTimer();
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final String ADDRESS = "127.0.0.2";
  private static final String LOCALITY = "eu.a";
  private static final String NOWHERE = "http://127.0.0.1:9";
  private static final String USER_AGENT = "weft-engine-proxy/0";

  private final Engine engine;
  private final XdsClient configuration;

  private ProxiedWorkload(String control, String namespace, Svid identity, Telemetry compared) {
    MeshTelemetry telemetry = telemetry(namespace, identity);
    CompletableFuture<XdsClient> client = new CompletableFuture<>();
    MeshTls tls = new WorkloadTls(() -> identity);
    engine =
        new Engine(
            new Surroundings(
                new Later(client),
                tls,
                new RemoteClient(tls, TIMER),
                new TwoTelemetries(telemetry, compared),
                TIMER,
                ThreadLocalRandom::current,
                new TokenVerifier(),
                new CheckMessages(InstantSource.system()),
                new RateLimitMessages()),
            MutualTlsMode.PERMISSIVE,
            PATIENCE);
    telemetry.attach(engine, "0");
    telemetry.warmUp();
    configuration =
        new XdsClient(
            ControlConnection.open(
                List.of(new ControlServer(control, null, TokenSource.NONE)), USER_AGENT),
            new Workload(
                "engine-proxy",
                ADDRESS,
                namespace,
                namespace,
                namespace,
                labels(namespace),
                USER_AGENT),
            engine::update,
            new XdsClient.Patience(PATIENCE, PATIENCE, PATIENCE),
            XdsProtocol.AUTO,
            Clock.systemUTC());
    client.complete(configuration);
  }

  /** Its own: logs that the mesh configures, the context of traces; spans go nowhere. */
  private static MeshTelemetry telemetry(String namespace, Svid identity) {
    Map<String, String> environment =
        Map.of(
            "WEFT_ACCESS_LOG", "none",
            "WEFT_PEER_METADATA", "false",
            "OTEL_EXPORTER_OTLP_ENDPOINT", namespace.startsWith("tracing") ? NOWHERE : "");
    return MeshTelemetry.create(
        new WorkloadFacts(
            namespace, namespace, namespace, namespace, "engine-proxy", labels(namespace)),
        identity.id()::toString,
        environment::get,
        System.err::println);
  }

  private static Map<String, String> labels(String namespace) {
    return Map.of("app", namespace, "istio-locality", LOCALITY);
  }

  /** Service, service account and label {@code app} are called as the namespace. */
  static ProxiedWorkload join(
      String control, String namespace, Svid identity, Telemetry telemetry) {
    ProxiedWorkload workload = new ProxiedWorkload(control, namespace, identity, telemetry);
    workload.configuration.start();
    return workload;
  }

  Mesh mesh() {
    return engine;
  }

  void demand(String listener) {
    configuration.namesKnown().thenRun(() -> configuration.demand(listener));
  }

  boolean knows(String listener) {
    return engine.snapshot().hosts() != null && engine.snapshot().routes().containsKey(listener);
  }

  void guard(String address, int port) {
    configuration.inbound(address, port);
  }

  boolean guards(int port) {
    return engine.snapshot().inbound().containsKey(port);
  }

  /** Engine and client each want the other first. */
  private record Later(CompletableFuture<XdsClient> client) implements ConfigurationSource {

    @Override
    public CompletionStage<?> demand(String listener) {
      return client.thenCompose(source -> source.demand(listener));
    }

    @Override
    public String address() {
      return ADDRESS;
    }

    @Override
    public CompletionStage<?> namesKnown() {
      return client.thenCompose(XdsClient::namesKnown);
    }
  }
}
