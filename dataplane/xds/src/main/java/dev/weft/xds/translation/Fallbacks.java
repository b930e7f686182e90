package dev.weft.xds.translation;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.weft.xds.proto.Route;
import java.util.Map;

/**
 * The clusters that stand in for those of a route: Envoy has no field for it, so it is metadata of
 * the route's, {@code {"dev.weft": {"fallback": {cluster: cluster}}}}, which other clients leave
 * alone.
 */
final class Fallbacks {

  private static final String FIELD = "fallback";

  private Fallbacks() {}

  /** By the cluster that each stands in for. */
  static Map<String, String> of(Route route) {
    Struct ours =
        route
            .getMetadata()
            .getFilterMetadataOrDefault(OwnMetadata.NAME, Struct.getDefaultInstance());
    return Values.strings(
        ours.getFieldsOrDefault(FIELD, Value.getDefaultInstance()).getStructValue());
  }
}
