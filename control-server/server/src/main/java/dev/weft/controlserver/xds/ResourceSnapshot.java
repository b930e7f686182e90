package dev.weft.controlserver.xds;

import java.util.Collection;
import java.util.List;

/**
 * One state of the mesh as xDS resources. Immutable in what it answers and safe for use by many
 * threads; a new state is a new snapshot. Implementations make resources when first asked and keep
 * them, so that streams share them.
 */
public interface ResourceSnapshot {
  /** The state before anything is known. */
  ResourceSnapshot EMPTY =
      new ResourceSnapshot() {
        @Override
        public Collection<EncodedResource> named(XdsClient client, ResourceType type, String name) {
          return List.of();
        }

        @Override
        public Collection<EncodedResource> all(XdsClient client, ResourceType type) {
          return List.of();
        }
      };

  /**
   * What a subscription to one name brings: that resource, unless there is none, and for a client
   * that is pushed whole chains also the resources of other types that it refers to.
   */
  Collection<EncodedResource> named(XdsClient client, ResourceType type, String name);

  /** What a wildcard subscription brings. */
  Collection<EncodedResource> all(XdsClient client, ResourceType type);
}
