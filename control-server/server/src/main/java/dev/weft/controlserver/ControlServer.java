package dev.weft.controlserver;

import com.google.common.net.InetAddresses;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.SessionProtocol;
import com.linecorp.armeria.common.TlsKeyPair;
import com.linecorp.armeria.common.TlsProvider;
import com.linecorp.armeria.common.metric.NoopMeterRegistry;
import com.linecorp.armeria.server.DecoratingHttpServiceFunction;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServerPort;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.grpc.GrpcService;
import dev.weft.config.model.MeshSettings;
import dev.weft.controlserver.ca.CertificateAuthority;
import dev.weft.controlserver.ca.CertificateService;
import dev.weft.controlserver.ca.ServingCertificate;
import dev.weft.controlserver.console.Console;
import dev.weft.controlserver.console.StatusReport;
import dev.weft.controlserver.identity.Authentication;
import dev.weft.controlserver.identity.RefusedCalls;
import dev.weft.controlserver.identity.SignedTokens;
import dev.weft.controlserver.mesh.LastGoodFiles;
import dev.weft.controlserver.mesh.Mesh;
import dev.weft.controlserver.registration.RegistrationService;
import dev.weft.controlserver.registration.RememberedWorkloads;
import dev.weft.controlserver.registration.WorkloadRegistry;
import dev.weft.controlserver.source.ConfigDirectory;
import dev.weft.controlserver.state.StateDirectory;
import dev.weft.controlserver.xds.DiscoveryMetrics;
import dev.weft.controlserver.xds.DiscoveryService;
import io.grpc.BindableService;
import io.grpc.ServerInterceptors;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The running control server: every part, put together. */
final class ControlServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ControlServer.class);

  /** A peer that is gone without a word is noticed after twice this time without traffic. */
  private static final Duration PING_INTERVAL = Duration.ofSeconds(5);

  private static final int LONGEST_REQUEST_MESSAGE = 4 << 20;
  private static final String LOOPBACK = "127.0.0.1";

  private final Server grpc;
  private final Server tls;
  private final Server http;

  /** What to close, the last opened first. */
  private final Deque<AutoCloseable> parts;

  private ControlServer(Server grpc, Server tls, Server http, Deque<AutoCloseable> parts) {
    this.grpc = grpc;
    this.tls = tls;
    this.http = http;
    this.parts = parts;
  }

  /**
   * Starts everything; when this returns, the configuration has been read and the ports are bound.
   * What is kept for the next server is not touched by one that can't have the state directory and
   * all its ports to itself.
   *
   * @throws IOException if the configuration directory can't be read, a port can't be bound, or
   *     another server uses the state directory
   */
  static ControlServer start(ServerOptions options, Clock clock) throws IOException {
    Deque<AutoCloseable> parts = new ArrayDeque<>();
    try {
      return start(options, clock, parts);
    } catch (IOException | RuntimeException e) {
      closeAll(parts);
      throw e;
    }
  }

  private static ControlServer start(ServerOptions options, Clock clock, Deque<AutoCloseable> parts)
      throws IOException {
    PrometheusMeterRegistry metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    parts.push(metrics::close);
    StateDirectory state = new StateDirectory(options.state());
    parts.push(state.hold());
    SignedTokens tokens = SignedTokens.in(state, clock);
    CertificateAuthority authority =
        new CertificateAuthority(
            state, options.trustDomain(), options.certificateLife(), clock, metrics);

    ExecutorService streams = daemons("weft-xds", Runtime.getRuntime().availableProcessors());
    parts.push(streams::shutdown);
    DiscoveryService discovery =
        new DiscoveryService(streams, clock, new DiscoveryMetrics(metrics));
    WorkloadRegistry registry = new WorkloadRegistry();
    RememberedWorkloads remembered = RememberedWorkloads.recall(state, registry);
    MeshSettings settings =
        new MeshSettings(
            options.trustDomain(),
            MeshSettings.DEFAULT.rootNamespace(),
            MeshSettings.DEFAULT.clusterDomain());
    Mesh mesh =
        new Mesh(
            settings,
            LastGoodFiles.in(state, options.config()),
            registry::workloads,
            snapshot -> {
              discovery.publish(snapshot);
              registry.judgeAgain();
            },
            metrics);
    parts.push(mesh);
    registry.entitlement(mesh::refusal);
    registry.onChange(
        () -> {
          mesh.workloadsChanged();
          remembered.workloadsChanged();
        });
    RegistrationService registration = new RegistrationService(registry, clock);
    RefusedCalls refused = new RefusedCalls(clock);
    CompletableFuture<@Nullable Void> ready = new CompletableFuture<>();
    DecoratingHttpServiceFunction untilReady = after(ready);
    List<BindableService> services =
        List.of(discovery, new CertificateService(authority), registration);
    Server grpc =
        grpcServer(services, new Authentication(tokens, true, ControlServer::peer, refused))
            .port(new ServerPort(loopback(options.grpcPort()), SessionProtocol.HTTP))
            .decorator(untilReady)
            .build();
    Server tls =
        grpcServer(services, new Authentication(tokens, false, ControlServer::peer, refused))
            .https(options.tlsPort())
            .tlsProvider(
                servingCertificates(authority, options.certificateLife(), options.tlsNames()))
            .decorator(untilReady)
            .build();
    ServerBuilder console =
        Server.builder()
            .port(new ServerPort(loopback(options.httpPort()), SessionProtocol.HTTP))
            .decorator(untilReady)
            .meterRegistry(NoopMeterRegistry.get());
    new Console(new StatusReport(discovery, registry, refused, authority, mesh), metrics)
        .addTo(console);
    Server http = console.build();
    List<Server> servers = List.of(grpc, tls, http);
    parts.push(() -> stop(servers));
    start(grpc, "--grpc-port", loopback(options.grpcPort()));
    start(tls, "--tls-port", new InetSocketAddress(options.tlsPort()));
    start(http, "--http-port", loopback(options.httpPort()));
    parts.push(ConfigDirectory.watch(options.config(), mesh::filesChanged));
    ready.complete(null);
    // First of all to go: streams told to end let their clients reconnect elsewhere at once.
    // Discovery before registration, or clients would be told that all workloads have left.
    parts.push(registration::shutdown);
    parts.push(discovery::shutdown);
    parts.push(remembered);
    return new ControlServer(grpc, tls, http, parts);
  }

  private static InetSocketAddress loopback(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  /** Lets calls wait that come in between the ports' binding and the configuration's reading. */
  private static DecoratingHttpServiceFunction after(CompletableFuture<@Nullable Void> ready) {
    return (service, context, request) ->
        ready.isDone()
            ? service.serve(context, request)
            : HttpResponse.of(
                ready.thenApplyAsync(
                    done -> serve(service, context, request), context.eventLoop()));
  }

  private static HttpResponse serve(
      HttpService service, ServiceRequestContext context, HttpRequest request) {
    try {
      return service.serve(context, request);
    } catch (Exception e) {
      return HttpResponse.ofFailure(e);
    }
  }

  private static ServerBuilder grpcServer(
      List<BindableService> services, Authentication authentication) {
    var grpc = GrpcService.builder().maxRequestMessageLength(LONGEST_REQUEST_MESSAGE);
    services.forEach(
        service -> grpc.addService(ServerInterceptors.intercept(service, authentication)));
    return Server.builder()
        .service(grpc.build())
        // Streams live as long as their clients.
        .requestTimeout(Duration.ZERO)
        .maxRequestLength(0)
        .pingInterval(PING_INTERVAL)
        .meterRegistry(NoopMeterRegistry.get())
        .gracefulShutdownTimeout(Duration.ZERO, Duration.ofSeconds(1));
  }

  private static InetSocketAddress peer() {
    return ServiceRequestContext.current().remoteAddress();
  }

  private static TlsProvider servingCertificates(
      CertificateAuthority authority, Duration life, List<String> names) {
    Set<String> hosts = new LinkedHashSet<>(List.of("localhost", "weft-control-server"));
    Set<String> addresses = new LinkedHashSet<>(List.of(LOOPBACK, "::1"));
    names.forEach(name -> (InetAddresses.isInetAddress(name) ? addresses : hosts).add(name));
    return TlsProvider.ofScheduled(
        () -> {
          ServingCertificate serving = authority.serving(hosts, addresses);
          return TlsKeyPair.of(serving.key(), serving.chain().toArray(X509Certificate[]::new));
        },
        life.dividedBy(2));
  }

  private static void start(Server server, String option, InetSocketAddress address)
      throws IOException {
    try {
      server.start().join();
    } catch (CompletionException e) {
      String message = "%s: port %d can't be bound: %s";
      throw new IOException(message.formatted(option, address.getPort(), why(address, e)), e);
    }
  }

  /** In the JDK's words, for those of Netty's native transports are numbers. */
  private static String why(InetSocketAddress address, CompletionException failure) {
    try (ServerSocket attempt = new ServerSocket()) {
      attempt.bind(address);
      return String.valueOf(failure.getCause());
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /** All at once, as each takes its time. */
  private static void stop(List<Server> servers) {
    CompletableFuture.allOf(servers.stream().map(Server::stop).toArray(CompletableFuture<?>[]::new))
        .join();
  }

  private static ExecutorService daemons(String name, int threads) {
    return Executors.newFixedThreadPool(
        threads,
        task -> {
          Thread thread = new Thread(task, name);
          thread.setDaemon(true);
          return thread;
        });
  }

  String grpcAddress() {
    return LOOPBACK + ":" + grpc.activeLocalPort();
  }

  String tlsAddress() {
    return "0.0.0.0:" + tls.activeLocalPort();
  }

  String httpAddress() {
    return LOOPBACK + ":" + http.activeLocalPort();
  }

  @Override
  public void close() {
    closeAll(parts);
  }

  private static void closeAll(Deque<AutoCloseable> parts) {
    while (!parts.isEmpty()) {
      try {
        parts.pop().close();
      } catch (Exception e) {
        log.warn("a part did not close", e);
      }
    }
  }
}
