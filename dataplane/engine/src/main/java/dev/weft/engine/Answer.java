package dev.weft.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.charset.Charset;
import java.util.List;
import java.util.stream.Stream;

/**
 * The policy's own response, given instead of an upstream's: a fault, no healthy upstream, an
 * overflow, a timeout, a denial.
 *
 * @param status HTTP status, as Envoy answers in the same case
 * @param headers beside content-length, which the carrier adds
 * @param body text, as Envoy words it; says nothing about which policy answered
 * @param charset of the body: UTF-8, or ISO 8859-1 for octets that are no text, each a character
 */
public record Answer(
    int status, List<Header> headers, String body, Charset charset, ResponseFlag flag) {

  private static final Header TEXT = new Header("content-type", "text/plain");

  public Answer {
    headers = List.copyOf(headers);
  }

  public Answer(int status, List<Header> headers, String body, ResponseFlag flag) {
    this(status, headers, body, UTF_8, flag);
  }

  /** Of octets that may be no text. */
  public Answer(int status, List<Header> headers, byte[] octets, ResponseFlag flag) {
    this(status, headers, new String(octets, ISO_8859_1), ISO_8859_1, flag);
  }

  /** The body as it is sent. */
  public byte[] content() {
    return body.getBytes(charset);
  }

  /** With edits to its headers. As in Envoy a body says what it is, whatever they take. */
  public Answer edited(HeaderEdits edits) {
    if (edits.isEmpty()) {
      return this;
    }
    List<Header> edited = edits.applyTo(headers);
    if (!body.isEmpty() && edited.stream().noneMatch(it -> it.name().equals(TEXT.name()))) {
      edited = Stream.concat(edited.stream(), Stream.of(TEXT)).toList();
    }
    return new Answer(status, edited, body, charset, flag);
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
}
