package dev.weft.engine.spi;

import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.inbound.InboundRequest;
import dev.weft.engine.inbound.QueryEdits;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Envoy's service.auth.v3.CheckRequest and CheckResponse, encoded. */
public interface CheckCodec {

  /** Whose every request fails, so that nobody is let in. */
  CheckCodec NONE =
      new CheckCodec() {
        @Override
        public byte[] request(
            InboundRequest request,
            String target,
            Map<String, String> headers,
            @Nullable Body body) {
          throw new IllegalStateException("no way to ask an authorizer by gRPC");
        }

        @Override
        public Answer answer(byte[] response) {
          throw new IllegalStateException("no way to ask an authorizer by gRPC");
        }
      };

  /**
   * @param target path and query, normalized: what is judged
   * @param headers as the filters so far have left them
   * @param body null: none is shown
   */
  byte[] request(
      InboundRequest request, String target, Map<String, String> headers, @Nullable Body body);

  /**
   * @throws IllegalArgumentException if it can't be decoded
   */
  Answer answer(byte[] response);

  /**
   * What is shown of a body.
   *
   * @param partial whether there is more of it
   * @param asBytes in {@code raw_body}, not as text in {@code body}
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
  record Body(byte[] bytes, boolean partial, boolean asBytes) {}

  /** What an authorizer says. */
  sealed interface Answer {}

  /**
   * @param requestHeaders removed after all else; what is added is appended to the header's value,
   *     and where there is none, nothing is
   * @param conditional of the response, on top of {@code responseHeaders}
   * @param metadata for later conditions, as in JSON
   */
  record Allowed(
      HeaderEdits requestHeaders,
      QueryEdits query,
      HeaderEdits responseHeaders,
      List<ConditionalHeader> conditional,
      Map<String, ?> metadata)
      implements Answer {}

  /**
   * A header that is set where one of that name is there, or where none is.
   *
   * @param ifPresent which of the two
   */
  record ConditionalHeader(Header header, boolean ifPresent) {}

  record Refused(int status, List<Header> headers, String body) implements Answer {}
}
