package dev.weft.engine;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The policy's own response, given instead of an upstream's: a fault, no healthy upstream, an
 * overflow, a timeout, a denial.
 *
 * @param status HTTP status, as Envoy answers in the same case
 * @param headers beside content-length, which the carrier adds
 * @param body UTF-8 text, as Envoy words it; says nothing about which policy answered
 * @param kept an upstream's body that is given again, in place of the text; empty: none
 */
@SuppressWarnings("ArrayRecordComponent") // handed on, never compared
public record Answer(
    int status, List<Header> headers, String body, ResponseFlag flag, byte[] kept) {

  private static final byte[] NONE = {};

  public Answer(int status, List<Header> headers, String body, ResponseFlag flag) {
    this(status, headers, body, flag, NONE);
  }

  /** What an upstream answered before. */
  public Answer(int status, List<Header> headers, byte[] kept, ResponseFlag flag) {
    this(status, headers, "", flag, kept);
  }

  public Answer {
    headers = List.copyOf(headers);
  }

  /** The body as it goes on the wire. */
  public byte[] content() {
    return kept.length == 0 ? body.getBytes(StandardCharsets.UTF_8) : kept;
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

  /** The answer with its headers edited. */
  public Answer with(HeaderEdits edits) {
    return edits.isEmpty() ? this : new Answer(status, edits.applyTo(headers), body, flag, kept);
  }
}
