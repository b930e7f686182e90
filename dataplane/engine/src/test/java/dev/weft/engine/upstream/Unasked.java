package dev.weft.engine.upstream;

import dev.weft.engine.EngineFixture;
import dev.weft.engine.ScriptedClient;

/** For clusters without health checks. */
final class Unasked {

  static final HealthProbe PROBE =
      new HealthProbe(new ScriptedClient(), new EngineFixture().engine.tls());

  private Unasked() {}
}
