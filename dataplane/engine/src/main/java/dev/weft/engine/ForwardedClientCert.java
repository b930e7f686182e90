package dev.weft.engine;

import dev.weft.engine.outbound.OutboundRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Envoy's {@code x-forwarded-client-cert}, as Istio sets its listeners up: a server's
 * (APPEND_FORWARD) adds who calls by mutual TLS to what the caller passes on, and takes the header
 * from all others; a client's (SANITIZE) sends none.
 */
public final class ForwardedClientCert {

  public static final String HEADER = "x-forwarded-client-cert";

  private static final HeaderEdits REMOVAL = new HeaderEdits(List.of(HEADER), List.of(), List.of());

  private ForwardedClientCert() {}

  /**
   * What a server does.
   *
   * @param certificate of the caller's, in the header's form; empty without one
   * @param passedOn the header as the caller sent it
   */
  public static HeaderEdits edits(String certificate, @Nullable String passedOn) {
    if (certificate.isEmpty()) {
      return REMOVAL;
    }
    String value = passedOn == null ? certificate : passedOn + "," + certificate;
    return new HeaderEdits(List.of(), List.of(new Header(HEADER, value)), List.of());
  }

  /** What a client does: nothing, to a request that hasn't got it. */
  public static HeaderEdits edits(OutboundRequest request) {
    return request.mayHaveHeader(HEADER) && request.header(HEADER) != null
        ? REMOVAL
        : HeaderEdits.NONE;
  }
}
