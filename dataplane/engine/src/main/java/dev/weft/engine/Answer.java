package dev.weft.engine;

import java.util.List;
import java.util.stream.Stream;

/**
 * The policy's own response, given instead of an upstream's: a fault, no healthy upstream, an
 * overflow, a timeout, a denial.
 *
 * @param status HTTP status, as Envoy answers in the same case
 * @param headers beside content-length, which the carrier adds
 * @param body UTF-8 text, as Envoy words it; says nothing about which policy answered
 */
public record Answer(int status, List<Header> headers, String body, ResponseFlag flag) {

  private static final Header TEXT = new Header("content-type", "text/plain");

  public Answer {
    headers = List.copyOf(headers);
  }

  /**
   * The answer as this request's sender understands it. To a gRPC call it is a status in the
   * headers, and the text its message.
   */
  public Answer to(HeaderSource request) {
    return GrpcStatus.isGrpc(request.header("content-type"))
        ? GrpcAnswer.of(this)
        : GrpcAnswer.without(this);
  }

  /** The answer with its headers edited. As in Envoy a body says what it is, whatever they take. */
  public Answer with(HeaderEdits edits) {
    if (edits.isEmpty()) {
      return this;
    }
    List<Header> edited = edits.applyTo(headers);
    if (!body.isEmpty() && edited.stream().noneMatch(it -> it.name().equals(TEXT.name()))) {
      edited = Stream.concat(edited.stream(), Stream.of(TEXT)).toList();
    }
    return new Answer(status, edited, body, flag);
  }
}
