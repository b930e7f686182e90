package dev.weft.workload;

import dev.weft.engine.Engine;
import dev.weft.engine.SystemTimer;
import dev.weft.engine.inbound.MutualTlsMode;
import dev.weft.engine.spi.Surroundings;
import dev.weft.identity.WorkloadTls;
import dev.weft.remote.RemoteClient;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** An engine that was never configured. */
final class EngineWithoutMesh {

  private EngineWithoutMesh() {}

  static Engine strict() {
    WorkloadTls tls = new WorkloadTls(() -> null);
    SystemTimer timer = new SystemTimer();
    return new Engine(
        new Surroundings(
            new LateConfiguration(),
            tls,
            new RemoteClient(tls, timer),
            new LateTelemetry(),
            timer,
            ThreadLocalRandom::current),
        MutualTlsMode.STRICT,
        Duration.ZERO);
  }
}
