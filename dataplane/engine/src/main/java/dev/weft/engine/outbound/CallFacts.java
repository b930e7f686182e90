package dev.weft.engine.outbound;

import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.ResponseFlags;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the command operators in a route's headers may ask about a call, as far as it has come. Made
 * for routes that have some.
 */
final class CallFacts {

  final OutboundRequest request;
  final String route;

  /** Null: the route answers by itself. */
  final @Nullable String cluster;

  /** The caller's: this workload's own; empty if it isn't known. */
  final String address;

  final long startMillis;
  final long startNanos;

  final Message sent;
  Message received = new Message(HeaderSource.NONE);
  RequestLine line = RequestLine.UNCHANGED;

  /** Of the response; 0: there is none yet. */
  int status;

  ResponseFlags flags = ResponseFlags.NONE;
  long headNanos;

  /** Null: no upstream has answered. */
  @Nullable ForwardedAttempt attempt;

  @Nullable String peerId;

  CallFacts(
      OutboundRequest request,
      String route,
      @Nullable String cluster,
      String address,
      long startMillis,
      long startNanos) {
    this.request = request;
    this.route = route;
    this.cluster = cluster;
    this.address = address;
    this.startMillis = startMillis;
    this.startNanos = startNanos;
    sent = new Message(request);
  }

  /** There is a response, or an answer in its place. */
  void answered(int status, ResponseFlags flags, Message head) {
    this.status = status;
    this.flags = flags;
    received = head;
  }

  /** The headers of a message, as edits so far have left them. */
  static final class Message {
    private final HeaderSource source;
    private HeaderEdits edits = HeaderEdits.NONE;

    Message(HeaderSource source) {
      this.source = source;
    }

    static Message of(List<Header> headers) {
      Message message = new Message(HeaderSource.NONE);
      message.edit(new HeaderEdits(List.of(), List.of(), headers));
      return message;
    }

    void edit(HeaderEdits next) {
      edits = edits.then(next);
    }

    /**
     * Its first value, which is what Envoy's formatters take.
     *
     * @param name lower-case
     */
    @Nullable String header(String name) {
      String first = first(name, edits.set(), null);
      if (first == null && !edits.remove().contains(name)) {
        first = original(name);
      }
      return first == null ? first(name, edits.add(), null) : first;
    }

    /** Where a library tells its headers one by one; else all are one value. */
    private @Nullable String original(String name) {
      String joined = source.header(name);
      return joined != null && joined.indexOf(',') >= 0 && source instanceof OutboundRequest request
          ? first(name, request.headers(), joined)
          : joined;
    }

    private static @Nullable String first(
        String name, List<Header> headers, @Nullable String otherwise) {
      for (Header header : headers) {
        if (header.name().equals(name)) {
          return header.value();
        }
      }
      return otherwise;
    }
  }

  /** Path and query, as they are asked for on the wire by now. */
  String path() {
    String changed = line.path();
    return changed == null ? request.path() : changed;
  }

  String authority() {
    String changed = line.authority();
    return changed == null ? request.authority() : changed;
  }
}
