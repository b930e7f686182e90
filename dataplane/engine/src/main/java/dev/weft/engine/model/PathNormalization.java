package dev.weft.engine.model;

/**
 * Envoy's HttpConnectionManager.normalize_path, merge_slashes and path_with_escaped_slashes_action
 * (UNESCAPE_AND_FORWARD); Istio's MeshConfig.pathNormalization. Outbound it is what routes match
 * and what is sent. Inbound only the judgement of a path depends on it: the application reads the
 * path as it was sent.
 *
 * @param dotSegments resolve them, decode unreserved characters, read {@code \} as {@code /}
 * @param mergeSlashes read several slashes as one
 * @param unescapeSlashes decode {@code %2F} and {@code %5C}, before all else
 */
public record PathNormalization(
    boolean dotSegments, boolean mergeSlashes, boolean unescapeSlashes) {

  public static final PathNormalization NONE = new PathNormalization(false, false, false);

  /** Istio's default. */
  public static final PathNormalization BASE = new PathNormalization(true, false, false);

  public static final PathNormalization MERGE_SLASHES = new PathNormalization(true, true, false);

  public static final PathNormalization DECODE_AND_MERGE_SLASHES =
      new PathNormalization(true, true, true);
}
