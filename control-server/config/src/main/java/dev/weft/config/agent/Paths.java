package dev.weft.config.agent;

import com.google.protobuf.BoolValue;
import dev.weft.config.model.MeshConfig.PathNormalization;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.PathWithEscapedSlashesAction;

/** Istio's MeshConfig.pathNormalization, which holds for listeners of both directions. */
final class Paths {

  private Paths() {}

  static void normalize(HttpConnectionManager.Builder manager, PathNormalization normalization) {
    manager.setNormalizePath(BoolValue.of(normalization != PathNormalization.NONE));
    switch (normalization) {
      case NONE, BASE -> {}
      case MERGE_SLASHES -> manager.setMergeSlashes(true);
      case DECODE_AND_MERGE_SLASHES ->
          manager
              .setMergeSlashes(true)
              .setPathWithEscapedSlashesAction(PathWithEscapedSlashesAction.UNESCAPE_AND_FORWARD);
    }
  }
}
