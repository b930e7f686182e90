package dev.weft.engine.inbound;

import dev.weft.engine.model.ClientAddress;
import dev.weft.engine.model.IpLiteral;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/** Envoy's reading of {@code x-forwarded-for}: from its end, where the nearest proxy wrote. */
final class ForwardedFor {

  private static final String HEADER = "x-forwarded-for";

  private ForwardedFor() {}

  /** The client's address; the peer's if the header doesn't say, or isn't to be believed. */
  static InetAddress client(InboundRequest request, ClientAddress how) {
    InetAddress peer = request.remoteAddress().getAddress();
    if (how.peer() && how.trustedHops() == 0) {
      return peer;
    }
    String header = request.header(HEADER);
    int skipped = how.peer() ? how.trustedHops() - 1 : how.trustedHops();
    InetAddress found = header == null ? null : fromEnd(header, skipped);
    return found == null ? peer : found;
  }

  /**
   * @return null if there are not that many, or this one is no address
   */
  private static @Nullable InetAddress fromEnd(String header, int skipped) {
    int end = header.length();
    for (int i = 0; i < skipped; i++) {
      end = header.lastIndexOf(',', end - 1);
      if (end < 0) {
        return null;
      }
    }
    return IpLiteral.parse(header.substring(header.lastIndexOf(',', end - 1) + 1, end).strip());
  }
}
