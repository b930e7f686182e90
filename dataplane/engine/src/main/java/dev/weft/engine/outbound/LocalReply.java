package dev.weft.engine.outbound;

import dev.weft.engine.Answer;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.ResponseFlag;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

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
  private static final String GRPC_STATUS = "grpc-status";
  private static final HeaderEdits WITHOUT_GRPC_STATUS =
      new HeaderEdits(List.of(GRPC_STATUS), List.of(), List.of());

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
                new Header(GRPC_STATUS, Integer.toString(status))),
            FAULT,
            ResponseFlag.FAULT_INJECTED)
        : new Answer(status, TEXT, FAULT, ResponseFlag.FAULT_INJECTED);
  }

  /**
   * The answer as this request's sender understands it. To a gRPC call it is a status in the
   * headers, and the text its message.
   */
  static Answer to(OutboundRequest request, Answer answer) {
    String chosen = find(answer, GRPC_STATUS);
    if (!GrpcStatus.isGrpc(request.header("content-type"))) {
      return chosen == null ? answer : edited(answer, WITHOUT_GRPC_STATUS);
    }
    List<Header> headers = new ArrayList<>();
    headers.add(new Header("content-type", GrpcStatus.CONTENT_TYPE));
    headers.add(
        new Header(
            GRPC_STATUS,
            chosen == null ? Integer.toString(GrpcStatus.ofHttp(answer.status())) : chosen));
    if (!answer.body().isEmpty()) {
      headers.add(new Header("grpc-message", percentEncoded(answer.body())));
    }
    for (Header header : answer.headers()) {
      if (!header.name().equals("content-type") && !header.name().equals(GRPC_STATUS)) {
        headers.add(header);
      }
    }
    return new Answer(200, headers, "", answer.flag());
  }

  private static @Nullable String find(Answer answer, String name) {
    for (Header header : answer.headers()) {
      if (header.name().equals(name)) {
        return header.value();
      }
    }
    return null;
  }

  /** As the gRPC protocol demands of Status-Message. */
  private static String percentEncoded(String text) {
    StringBuilder encoded = new StringBuilder(text.length());
    for (byte octet : text.getBytes(StandardCharsets.UTF_8)) {
      if (octet >= ' ' && octet <= '~' && octet != '%') {
        encoded.append((char) octet);
      } else {
        encoded.append(String.format("%%%02X", octet & 0xff));
      }
    }
    return encoded.toString();
  }

  /** Envoy applies a route's response header edits to its router's local replies too. */
  static Answer edited(Answer answer, HeaderEdits edits) {
    return edits.isEmpty()
        ? answer
        : new Answer(
            answer.status(), edits.applyTo(answer.headers()), answer.body(), answer.flag());
  }
}
