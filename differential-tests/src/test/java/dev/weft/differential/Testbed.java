package dev.weft.differential;

import dev.weft.config.Configuration;
import dev.weft.config.ConfigurationFile;
import dev.weft.config.agent.AgentGenerator;
import dev.weft.config.agent.Chain;
import dev.weft.config.model.Analysis;
import dev.weft.config.model.ClientWorkload;
import dev.weft.config.model.MeshModel;
import dev.weft.config.model.MeshSettings;
import dev.weft.config.source.Finding;
import dev.weft.demo.process.Await;
import dev.weft.demo.process.ChildProcess;
import dev.weft.demo.process.ControlServer;
import dev.weft.demo.process.Http;
import io.envoyproxy.envoy.config.core.v3.Locality;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * All scenarios at once, in one Envoy and one engine proxy: a workload for each scenario, a port
 * for each destination.
 */
final class Testbed implements AutoCloseable {

  private static final Path ROOT = Path.of(System.getProperty("weft.root", "..")).normalize();
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final String APPLICATION = "127.0.0.11";

  /** The callers', and the engine proxy's. */
  private static final Locality LOCALITY =
      Locality.newBuilder().setRegion("eu").setZone("a").build();

  private final Path directory =
      ROOT.resolve("differential-tests/target/run-" + ProcessHandle.current().pid())
          .toAbsolutePath();
  private final Map<String, Integer> ports = new HashMap<>();
  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private final Map<Side, AccessLog> logs =
      Map.of(
          Side.ENVOY, new AccessLog(directory.resolve("envoy-access.log")),
          Side.WEFT, new AccessLog(directory.resolve("weft-access.log")));
  private final Certificates certificates;
  private final LogCollector collector;
  private final AccessLogService accessLogs;
  private final Caller caller;

  private Testbed(Path envoy, List<Scenario> all, List<Scenario> called) throws IOException {
    Files.createDirectories(directory);
    certificates = Certificates.in(directory.resolve("certificates"));
    int upstreamPort = Http.freePort();
    Upstreams upstreams = Upstreams.start(upstreamPort);
    parts.push(upstreams);
    int securePort = Http.freePort();
    upstreams.listen(securePort, certificates.outside());
    int meshPort = Http.freePort();
    caller = new Caller(upstreams, certificates);
    int rateLimitPort = Http.freePort();
    parts.push(RateLimitService.start("127.0.0.1", rateLimitPort));
    int collectorPort = Http.freePort();
    collector = LogCollector.start("127.0.0.1", collectorPort);
    parts.push(collector);
    int accessLogPort = Http.freePort();
    accessLogs = AccessLogService.start("127.0.0.1", accessLogPort);
    parts.push(accessLogs);
    int healthPort = Http.freePort();
    parts.push(HealthService.start("127.0.0.11", healthPort, true));
    parts.push(HealthService.start("127.0.0.21", healthPort, false));
    int fullPort = Http.freePort();
    parts.push(FullServer.start("127.0.0.12", fullPort));
    int authorizerPort = Http.freePort();
    parts.push(AuthorizationService.start("127.0.0.1", authorizerPort));

    Configuration configuration = Configuration.EMPTY;
    Map<String, String> files = new HashMap<>();
    for (Scenario scenario : all) {
      int inboundPort = Http.freePort();
      if (scenario.inbound()) {
        ports.put(scenario.name(), inboundPort);
      }
      String yaml =
          scenario
              .resources()
              .replace("$UPSTREAM", Integer.toString(upstreamPort))
              .replace("$SECURE", Integer.toString(securePort))
              .replace("$MESH", Integer.toString(meshPort))
              .replace("$FILES", certificates.directory().toString())
              .replace("$RATELIMIT", Integer.toString(rateLimitPort))
              .replace("$COLLECTOR", Integer.toString(collectorPort))
              .replace("$ALS", Integer.toString(accessLogPort))
              .replace("$HEALTH", Integer.toString(healthPort))
              .replace("$FULL", Integer.toString(fullPort))
              .replace("$AUTHORIZER", Integer.toString(authorizerPort))
              .replace("$PORT", Integer.toString(inboundPort));
      String file = scenario.file();
      files.put(file, yaml.replace("$LOGS", logs(Side.WEFT).toString()));
      configuration =
          configuration.with(
              ConfigurationFile.parse(file, yaml.replace("$LOGS", logs(Side.ENVOY).toString())));
    }
    MeshModel model = MeshModel.of(configuration.resources(), List.of(), MeshSettings.DEFAULT);
    List<Finding> findings = new ArrayList<>(configuration.findings());
    findings.addAll(Analysis.of(model));
    all.forEach(scenario -> requireMeant(scenario, findings));

    AgentGenerator generator = new AgentGenerator(model);
    int adminPort = Http.freePort();
    EnvoyBootstrap bootstrap =
        new EnvoyBootstrap(adminPort, LOCALITY, directory.resolve("envoy-access.log"));
    bootstrap.meshServer(meshPort, certificates.mesh(), APPLICATION, upstreamPort);
    List<String> listeners = new ArrayList<>();
    for (Scenario scenario : called) {
      add(scenario, generator, bootstrap, upstreamPort, listeners);
    }
    Path file = directory.resolve("envoy.pb");
    Files.write(file, bootstrap.build().toByteArray());
    // For people: what Envoy was given.
    Files.writeString(directory.resolve("envoy.txt"), bootstrap.build().toString());
    parts.push(Envoy.start(envoy, file, adminPort, directory));
    startEngineProxy(files, listeners);
  }

  /** That of its file all is found that it says, and nothing else. */
  private static void requireMeant(Scenario scenario, List<Finding> findings) {
    List<String> found =
        findings.stream()
            .filter(finding -> finding.origin().file().equals(scenario.file()))
            .map(Finding::toString)
            .toList();
    List<String> meant = scenario.finds();
    if (!found.stream().allMatch(finding -> meant.stream().anyMatch(finding::contains))
        || !meant.stream().allMatch(text -> found.stream().anyMatch(it -> it.contains(text)))) {
      throw new IllegalStateException(scenario + " is meant to find " + meant + ", not " + found);
    }
  }

  /**
   * @param all who configure the mesh
   * @param called of these, whose calls may come
   */
  static Testbed start(Path envoy, List<Scenario> all, List<Scenario> called) throws IOException {
    return new Testbed(envoy, all, called);
  }

  private void add(
      Scenario scenario,
      AgentGenerator generator,
      EnvoyBootstrap bootstrap,
      int upstreamPort,
      List<String> listeners)
      throws IOException {
    String name = scenario.name();
    ClientWorkload workload =
        new ClientWorkload(
            name,
            name,
            name,
            Side.WEFT.address,
            Map.of("app", name, "istio-locality", LOCALITY.getRegion() + "." + LOCALITY.getZone()));
    generator
        .assignment(workload, AgentGenerator.LOCAL_CLUSTER)
        .filter(replicas -> replicas.getEndpointsCount() > 0)
        .ifPresent(bootstrap::localCluster);
    Certificates.Identity identity = certificates.workload(name);
    for (String asked : scenario.asked()) {
      bootstrap.clusters(chain(generator, workload, asked), identity);
    }
    if (scenario.inbound()) {
      int port = ports.getOrDefault(name, 0);
      bootstrap.inbound(
          generator.inbound(workload, Side.WEFT.address, port),
          identity,
          APPLICATION,
          upstreamPort);
      listeners.add(line("inbound", name, port, APPLICATION + ":" + upstreamPort));
      return;
    }
    for (String destination : scenario.destinations()) {
      int port = Http.freePort();
      ports.put(name + " " + destination, port);
      bootstrap.outbound(port, chain(generator, workload, destination), identity);
      listeners.add(line("outbound", name, port, destination));
    }
  }

  private static Chain chain(
      AgentGenerator generator, ClientWorkload workload, String destination) {
    return generator
        .listenerChain(workload, destination)
        .orElseThrow(
            () -> new IllegalArgumentException(workload.namespace() + " calls " + destination));
  }

  private static String line(String direction, String namespace, int port, String destination) {
    return String.join(
        " ", direction, namespace, Side.WEFT.address, Integer.toString(port), destination);
  }

  private void startEngineProxy(Map<String, String> files, List<String> listeners)
      throws IOException {
    Path javaHome = Path.of(System.getProperty("java.home"));
    Path config = Files.createDirectories(directory.resolve("config"));
    for (Map.Entry<String, String> file : files.entrySet()) {
      Files.writeString(config.resolve(file.getKey()), file.getValue());
    }
    ControlServer control =
        ControlServer.start(
            javaHome,
            ROOT.resolve("control-server/server/target/weft-control-server.jar"),
            directory);
    parts.push(control);
    Path lines = Files.write(directory.resolve("listeners"), listeners);
    ChildProcess proxy =
        ChildProcess.start(
            "engine-proxy",
            new ProcessBuilder(
                javaHome.resolve("bin/java").toString(),
                "-Xmx256m",
                "-jar",
                ROOT.resolve("differential-tests/engine-proxy/target/weft-engine-proxy.jar")
                    .toString(),
                control.address(),
                directory.resolve("weft-access.log").toString(),
                certificates.directory().toString(),
                lines.toString()),
            directory);
    parts.push(proxy);
    Await.until(
        "the engine proxy is ready",
        PATIENCE,
        () -> {
          proxy.requireAlive();
          return proxy.output().contains("ready");
        });
  }

  /** Where a side's logs are that scenarios configure. */
  private Path logs(Side side) throws IOException {
    return Files.createDirectories(directory.resolve("logs-" + side));
  }

  /**
   * What one side has written by now of a scenario: lines of {@code $LOGS/NAME.log}, and what the
   * collectors have got.
   */
  List<String> log(Side side, Scenario scenario) throws IOException {
    Path file = logs(side).resolve(scenario.name() + ".log");
    String ours = side.caseId(scenario.name());
    List<String> lines = new ArrayList<>(collector.texts(ours + "-"));
    lines.addAll(accessLogs.texts(ours + "-"));
    if (Files.exists(file)) {
      lines.addAll(Files.readAllLines(file));
    }
    return lines.stream().map(line -> line.replace(ours, scenario.name())).sorted().toList();
  }

  /** Whether an upstream has got a call. */
  boolean arrived(Side side, String id) {
    return caller.arrived(side.caseId(id));
  }

  /** Sends a call through one side. */
  Outcome call(Side side, Scenario scenario, Call call, String id) {
    String key = scenario.inbound() ? scenario.name() : scenario.name() + " " + call.to();
    Integer port = ports.get(key);
    AccessLog log = logs.get(side);
    if (port == null || log == null) {
      throw new IllegalStateException(key);
    }
    return caller.call(side, port, call, id, log);
  }

  @Override
  public void close() throws Exception {
    while (!parts.isEmpty()) {
      parts.pop().close();
    }
  }
}
