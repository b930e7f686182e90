package dev.weft.workload;

import dev.weft.engine.Engine;
import dev.weft.engine.SystemTimer;
import dev.weft.engine.inbound.MutualTlsMode;
import dev.weft.identity.WorkloadTls;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** An engine that was never configured. */
final class EngineWithoutMesh {

  private EngineWithoutMesh() {}

  static Engine strict() {
    return new Engine(
        new LateConfiguration(),
        new WorkloadTls(() -> null),
        new LateTelemetry(),
        new SystemTimer(),
        MutualTlsMode.STRICT,
        Duration.ZERO,
        ThreadLocalRandom::current);
  }
}
