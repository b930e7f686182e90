package dev.weft.engine.spi;

import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.inbound.InboundRequest;
import java.util.List;
import java.util.Map;

/** Envoy's service.auth.v3.CheckRequest and CheckResponse, encoded. */
public interface CheckCodec {

  /** Whose every request fails, so that nobody is let in. */
  CheckCodec NONE =
      new CheckCodec() {
        @Override
        public byte[] request(InboundRequest request, String target, Map<String, String> headers) {
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
   */
  byte[] request(InboundRequest request, String target, Map<String, String> headers);

  /**
   * @throws IllegalArgumentException if it can't be decoded
   */
  Answer answer(byte[] response);

  /** What an authorizer says. */
  sealed interface Answer {}

  record Allowed(HeaderEdits requestHeaders, HeaderEdits responseHeaders) implements Answer {}

  record Refused(int status, List<Header> headers, String body) implements Answer {}
}
