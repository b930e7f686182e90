package dev.weft.telemetry;

import dev.weft.engine.Engine;
import dev.weft.engine.SystemTimer;
import dev.weft.engine.inbound.MutualTlsMode;
import dev.weft.engine.model.Cluster;
import dev.weft.engine.model.MeshSnapshot;
import dev.weft.engine.spi.AsyncClient;
import dev.weft.engine.spi.ConfigurationSource;
import dev.weft.engine.spi.MeshTls;
import dev.weft.engine.spi.SilentTelemetry;
import dev.weft.engine.spi.Surroundings;
import dev.weft.engine.spi.TlsStatistics;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;

/** An engine whose own requests go nowhere and are kept. */
final class RecordingMesh {

  /** Arguments of {@link AsyncClient#unary} and {@link AsyncClient#send}. */
  final Queue<Object[]> calls = new ConcurrentLinkedQueue<>();

  /** What requests are answered with. */
  volatile int status = 202;

  final TlsStatistics outbound = new TlsStatistics();
  final TlsStatistics inbound = new TlsStatistics();

  final Engine engine =
      new Engine(
          new Surroundings(
              fake(ConfigurationSource.class, Map.of()),
              fake(
                  MeshTls.class,
                  Map.of("statistics", outbound, "serverStatistics", inbound, "ready", true)),
              fake(AsyncClient.class, Map.of("converse", new CompletableFuture<>())),
              SilentTelemetry.INSTANCE,
              new SystemTimer(),
              ThreadLocalRandom::current),
          MutualTlsMode.PERMISSIVE,
          Duration.ZERO);

  void configure(Cluster... clusters) {
    Map<String, Cluster> all = new HashMap<>();
    for (Cluster cluster : clusters) {
      all.put(cluster.name(), cluster);
    }
    engine.update(new MeshSnapshot(null, Map.of(), all, Map.of()));
  }

  /** Answers what is given by a method's name. */
  private <T> T fake(Class<T> type, Map<String, Object> answers) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              if (method.getName().equals("unary")) {
                calls.add(arguments);
                return CompletableFuture.completedStage(new byte[0]);
              } else if (method.getName().equals("send")) {
                calls.add(arguments);
                return CompletableFuture.completedStage(
                    new AsyncClient.Response(status, List.of(), new byte[0]));
              }
              return answers.get(method.getName());
            }));
  }
}
