package dev.weft.config;

import dev.weft.config.model.AuthorizationPolicy;
import dev.weft.config.model.MeshSettings;
import dev.weft.config.model.Metadata;
import dev.weft.config.model.PeerAuthentication;
import dev.weft.config.model.Resource;
import dev.weft.config.model.WorkloadSelector;
import dev.weft.config.source.Origin;
import dev.weft.config.source.ResourceName;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The policies that stand for a file which may hold any. */
final class FailClosed {

  private FailClosed() {}

  /** STRICT for the whole mesh, and nobody may do anything. */
  static List<Resource> policies(String path) {
    return List.of(
        new PeerAuthentication(
            metadata("PeerAuthentication", path),
            WorkloadSelector.ALL,
            PeerAuthentication.Mode.STRICT,
            Map.of()),
        AuthorizationPolicy.denyAll(metadata("AuthorizationPolicy", path), WorkloadSelector.ALL));
  }

  private static Metadata metadata(String kind, String path) {
    // Of several policies for a whole namespace the first by name holds.
    String name = "0-unreadable-" + path.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "-");
    return new Metadata(
        new ResourceName(kind, MeshSettings.MESH, name),
        Map.of(),
        Map.of(),
        new Origin(path, 0, 1));
  }
}
