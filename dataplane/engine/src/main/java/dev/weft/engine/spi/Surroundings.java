package dev.weft.engine.spi;

import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * What an engine is put into.
 *
 * @param remote for requests that it makes on its own account
 * @param random asked for a generator by each thread that needs one, e.g. {@code
 *     ThreadLocalRandom::current}
 * @param checks writes and reads what external authorizers are asked and say
 * @param tokens believes what callers' tokens say, or not
 * @param limits writes and reads what rate limit services are asked and say
 */
public record Surroundings(
    ConfigurationSource configuration,
    MeshTls tls,
    AsyncClient remote,
    Telemetry telemetry,
    Timer timer,
    Supplier<? extends RandomGenerator> random,
    JwtVerifier tokens,
    CheckCodec checks,
    RateLimitCodec limits) {

  /** Where no token is believed. */
  public Surroundings(
      ConfigurationSource configuration,
      MeshTls tls,
      AsyncClient remote,
      Telemetry telemetry,
      Timer timer,
      Supplier<? extends RandomGenerator> random) {
    this(
        configuration,
        tls,
        remote,
        telemetry,
        timer,
        random,
        JwtVerifier.NONE,
        CheckCodec.NONE,
        RateLimitCodec.NONE);
  }
}
