package dev.weft.config.model;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Faults to inject before a request is sent: first the delay, then the abort. */
public record Fault(@Nullable Delay delay, @Nullable Abort abort) {

  /** Holds back a share of the requests. {@code percent} is of 100. */
  public record Delay(Duration duration, double percent) {}

  /**
   * Answers a share of the requests in place of the service. {@code percent} is of 100.
   *
   * @param status of HTTP, or of gRPC if {@code grpc}
   */
  public record Abort(int status, boolean grpc, double percent) {}
}
