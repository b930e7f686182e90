package dev.weft.engine.outbound;

import dev.weft.engine.Answer;
import dev.weft.engine.Header;
import dev.weft.engine.ResponseFlag;
import java.util.List;

/** The answers that Envoy's router and fault filter give by themselves, in their words. */
final class LocalReply {

  static final List<Header> TEXT = List.of(new Header("content-type", "text/plain"));

  static final Answer NO_ROUTE = new Answer(404, List.of(), "", ResponseFlag.NO_ROUTE);

  static final Answer NO_CLUSTER = new Answer(503, List.of(), "", ResponseFlag.NO_CLUSTER);

  static final Answer NO_HEALTHY_UPSTREAM =
      new Answer(503, TEXT, "no healthy upstream", ResponseFlag.NO_HEALTHY_UPSTREAM);

  static final Answer TIMEOUT =
      new Answer(504, TEXT, "upstream request timeout", ResponseFlag.UPSTREAM_REQUEST_TIMEOUT);

  static final Answer OVERFLOW = overflow("");

  static final Answer OVERFLOW_OF_RETRY = overflow("retried and the latest ");

  /** As Envoy fails to connect as long as the secret discovery service hasn't answered it. */
  static final Answer NO_CERTIFICATE =
      new Answer(
          503,
          TEXT,
          "upstream connect error or disconnect/reset before headers. reset reason: connection"
              + " failure, transport failure reason: TLS_error: Secret is not supplied by SDS",
          ResponseFlag.UPSTREAM_CONNECTION_FAILURE);

  private static final String FAULT = "fault filter abort";

  private LocalReply() {}

  private static Answer overflow(String retried) {
    return new Answer(
        503,
        List.of(new Header("content-type", "text/plain"), new Header("x-envoy-overloaded", "true")),
        "upstream connect error or disconnect/reset before headers. "
            + retried
            + "reset reason: overflow",
        ResponseFlag.UPSTREAM_OVERFLOW);
  }

  /**
   * @param grpc whether the status is one of gRPC's; then only its calls see it
   */
  static Answer faultAbort(int status, boolean grpc) {
    return grpc
        ? new Answer(
            200,
            List.of(
                new Header("content-type", "text/plain"),
                new Header("grpc-status", Integer.toString(status))),
            FAULT,
            ResponseFlag.FAULT_INJECTED)
        : new Answer(status, TEXT, FAULT, ResponseFlag.FAULT_INJECTED);
  }
}
