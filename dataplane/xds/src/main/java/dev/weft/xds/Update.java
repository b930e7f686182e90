package dev.weft.xds;

import dev.weft.xds.proto.Resource;
import java.util.List;

/**
 * A response, whichever variant of the protocol it came by.
 *
 * @param version of the type as a whole; empty where there is none (delta)
 * @param resources a name may be empty: then the resource's own message says it
 * @param removed names that don't exist, or not any more
 * @param complete whether what of the type isn't among the resources doesn't exist any more
 */
record Update(
    String typeUrl,
    String nonce,
    String version,
    List<Resource> resources,
    List<String> removed,
    boolean complete) {

  /** Whether it only prolongs the life of what is held. */
  static boolean isHeartbeat(Resource resource) {
    return !resource.hasResource();
  }
}
