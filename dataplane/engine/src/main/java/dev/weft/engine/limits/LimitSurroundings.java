package dev.weft.engine.limits;

import dev.weft.engine.spi.MeshRequests;
import dev.weft.engine.spi.RateLimitCodec;
import dev.weft.engine.spi.Timer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * What limiters work with.
 *
 * @param random asked for a generator by each thread that needs one
 * @param mesh whereby services are asked
 */
public record LimitSurroundings(
    Timer timer,
    Supplier<? extends RandomGenerator> random,
    MeshRequests mesh,
    RateLimitCodec codec) {}
