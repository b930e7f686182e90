package dev.weft.telemetry;

/**
 * The other side of an inbound request, in the terms of Istio's {@code source_…} labels; what isn't
 * known of it is "unknown", or of the revision "latest".
 *
 * @param cluster Istio's cluster ID
 */
record Peer(
    String workload,
    String namespace,
    String app,
    String version,
    String canonicalService,
    String canonicalRevision,
    String cluster) {

  static final Peer UNKNOWN = nameless(Labels.UNKNOWN);

  private static final String NAMESPACE = "/ns/";

  /**
   * All that a principal tells by itself, e.g. {@code spiffe://cluster.local/ns/shop/sa/catalog}.
   */
  static Peer of(String principal) {
    int start = principal.indexOf(NAMESPACE);
    int end = start < 0 ? -1 : principal.indexOf('/', start + NAMESPACE.length());
    return end < 0 ? UNKNOWN : nameless(principal.substring(start + NAMESPACE.length(), end));
  }

  private static Peer nameless(String namespace) {
    return new Peer(
        Labels.UNKNOWN,
        namespace,
        Labels.UNKNOWN,
        Labels.UNKNOWN,
        Labels.UNKNOWN,
        Labels.LATEST,
        Labels.UNKNOWN);
  }

  /** The same with a namespace that is known better, unless it isn't. */
  Peer in(String provedNamespace) {
    return provedNamespace.equals(Labels.UNKNOWN) || provedNamespace.equals(namespace)
        ? this
        : new Peer(
            workload, provedNamespace, app, version, canonicalService, canonicalRevision, cluster);
  }
}
