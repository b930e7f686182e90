package dev.weft.engine.model;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Envoy's HTTPFault: a delay, an abort, or the one before the other.
 *
 * @param delay null: none
 * @param abort null: none
 * @param headers requests that don't match all of them are spared
 */
public record FaultPolicy(@Nullable Delay delay, @Nullable Abort abort, List<HeaderMatch> headers) {

  public FaultPolicy {
    headers = List.copyOf(headers);
  }

  /**
   * @param duration null: the request says by {@code x-envoy-fault-delay-request}, or there is none
   * @param share of the requests; those that choose a duration may choose a smaller share
   */
  public record Delay(@Nullable Duration duration, Fraction share) {}

  /**
   * @param status null: the request says by {@code x-envoy-fault-abort-request} or {@code
   *     x-envoy-fault-abort-grpc-request}, or there is none
   * @param share as for a delay
   */
  public record Abort(@Nullable Status status, Fraction share) {}

  /**
   * @param grpc whether the code is one of gRPC's
   */
  public record Status(int code, boolean grpc) {}
}
