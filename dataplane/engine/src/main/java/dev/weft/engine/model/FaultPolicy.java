package dev.weft.engine.model;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Envoy's HTTPFault: a delay, an abort, or the one before the other.
 *
 * @param delay null: none
 * @param delayPerMillion share of requests delayed
 * @param abortStatus 0: none
 * @param abortPerMillion share of requests aborted
 */
public record FaultPolicy(
    @Nullable Duration delay, int delayPerMillion, int abortStatus, int abortPerMillion) {}
