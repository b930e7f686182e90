package dev.weft.engine.outbound;

import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a call asks for on the wire, where that is not what the application asked for.
 *
 * @param path path and query; null: the application's
 * @param authority null: the application's
 * @param edits tell the destination what was there before, as Envoy does
 */
record RequestLine(@Nullable String path, @Nullable String authority, HeaderEdits edits) {

  static final RequestLine UNCHANGED = new RequestLine(null, null, HeaderEdits.NONE);

  static RequestLine of(
      OutboundRequest request, @Nullable CompiledRewrite rewrite, String authority) {
    String path = request instanceof NormalizedRequest ? request.path() : null;
    if (rewrite == null && authority.isEmpty()) {
      return path == null ? UNCHANGED : new RequestLine(path, null, HeaderEdits.NONE);
    }
    List<Header> before = new ArrayList<>(2);
    if (!authority.isEmpty()) {
      before.add(new Header("x-envoy-original-host", request.authority()));
    }
    if (rewrite != null) {
      before.add(new Header("x-envoy-original-path", request.path()));
    }
    return new RequestLine(
        rewrite == null ? path : rewrite.apply(request.path()),
        authority.isEmpty() ? null : authority,
        new HeaderEdits(List.of(), before, List.of()));
  }
}
