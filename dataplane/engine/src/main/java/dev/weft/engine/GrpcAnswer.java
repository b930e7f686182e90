package dev.weft.engine;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An {@link Answer} as gRPC's calls read it: a response of nothing but headers, with the status
 * among them and the text as its message (Envoy's {@code Utility::sendLocalReply}).
 */
final class GrpcAnswer {

  private static final String STATUS = "grpc-status";
  private static final HeaderEdits WITHOUT_STATUS =
      new HeaderEdits(List.of(STATUS), List.of(), List.of());

  private GrpcAnswer() {}

  /** A status of gRPC's that the answer has already is kept. */
  static Answer of(Answer answer) {
    String chosen = chosen(answer);
    List<Header> headers = new ArrayList<>();
    headers.add(new Header("content-type", GrpcStatus.CONTENT_TYPE));
    headers.add(
        new Header(
            STATUS,
            chosen == null ? Integer.toString(GrpcStatus.ofHttp(answer.status())) : chosen));
    if (!answer.body().isEmpty()) {
      headers.add(new Header("grpc-message", percentEncoded(answer.content())));
    }
    for (Header header : answer.headers()) {
      if (!header.name().equals("content-type") && !header.name().equals(STATUS)) {
        headers.add(header);
      }
    }
    return new Answer(200, headers, "", answer.flag());
  }

  /** The same for calls that aren't gRPC's. */
  static Answer without(Answer answer) {
    return chosen(answer) == null ? answer : answer.edited(WITHOUT_STATUS);
  }

  private static @Nullable String chosen(Answer answer) {
    for (Header header : answer.headers()) {
      if (header.name().equals(STATUS)) {
        return header.value();
      }
    }
    return null;
  }

  /** As the gRPC protocol demands of Status-Message. */
  private static String percentEncoded(byte[] text) {
    StringBuilder encoded = new StringBuilder(text.length);
    for (byte octet : text) {
      if (octet >= ' ' && octet <= '~' && octet != '%') {
        encoded.append((char) octet);
      } else {
        encoded.append(String.format("%%%02X", octet & 0xff));
      }
    }
    return encoded.toString();
  }
}
