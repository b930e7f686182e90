package dev.weft.engine.limits;

import org.jspecify.annotations.Nullable;

/** What of a request descriptors are made of. */
public interface LimitedRequest {

  /**
   * @param name lower-case, or {@code :method}, {@code :authority}, {@code :path} or {@code
   *     :scheme}
   */
  @Nullable String header(String name);

  /** Path and query. */
  String target();

  /** The address of who sends it; null if it isn't known. */
  @Nullable String remoteAddress();

  /** The cluster that it goes to; null if it goes to none. */
  @Nullable String destinationCluster();

  /** The SPIFFE ID that its sender has proved; null if none. */
  @Nullable String peerIdentity();
}
