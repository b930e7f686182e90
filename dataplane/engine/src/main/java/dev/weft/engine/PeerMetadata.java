package dev.weft.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who somebody says that they are, for telemetry and for nothing else: no policy sees it and no
 * application. Istio's proxies tell one another in two headers of each request and response.
 *
 * @param id the sender's xDS node ID; the same for the same text
 * @param text a base64-encoded {@code google.protobuf.Struct} about the sender; null if it sent the
 *     ID alone
 */
public record PeerMetadata(String id, @Nullable String text) {

  /** Has the text. */
  public static final String HEADER = "x-envoy-peer-metadata";

  /** Has the ID. */
  public static final String ID_HEADER = "x-envoy-peer-metadata-id";

  /** Takes both away. */
  public static final HeaderEdits REMOVAL =
      new HeaderEdits(List.of(HEADER, ID_HEADER), List.of(), List.of());
}
