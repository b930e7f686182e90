package dev.weft.engine.outbound;

import dev.weft.engine.Header;
import dev.weft.engine.NormalizedPath;
import dev.weft.engine.model.PathNormalization;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A request whose path isn't read as it was written; what is read is sent, too. */
final class NormalizedRequest implements OutboundRequest {

  private final OutboundRequest written;
  private final String path;

  private NormalizedRequest(OutboundRequest written, String path) {
    this.written = written;
    this.path = path;
  }

  /** The very same, if its path is normal. */
  static OutboundRequest of(OutboundRequest request, PathNormalization how) {
    String target = request.path();
    if (!NormalizedPath.mayChange(target, how)) {
      return request;
    }
    int query = target.indexOf('?');
    String path = NormalizedPath.of(target, how) + (query < 0 ? "" : target.substring(query));
    return path.equals(target) ? request : new NormalizedRequest(request, path);
  }

  @Override
  public String path() {
    return path;
  }

  @Override
  public String host() {
    return written.host();
  }

  @Override
  public int port() {
    return written.port();
  }

  @Override
  public String scheme() {
    return written.scheme();
  }

  @Override
  public String authority() {
    return written.authority();
  }

  @Override
  public String method() {
    return written.method();
  }

  @Override
  public @Nullable String header(String name) {
    return written.header(name);
  }

  @Override
  public boolean mayHaveHeader(String prefix) {
    return written.mayHaveHeader(prefix);
  }

  @Override
  public List<Header> headers() {
    return written.headers();
  }

  @Override
  public byte @Nullable [] body(int limit) {
    return written.body(limit);
  }

  @Override
  public long bodyLength() {
    return written.bodyLength();
  }

  @Override
  public boolean replayable() {
    return written.replayable();
  }
}
