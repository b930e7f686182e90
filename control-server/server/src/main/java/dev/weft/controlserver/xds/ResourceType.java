package dev.weft.controlserver.xds;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A type of xDS resource. The order of the constants is the order in which changes are sent, so
 * that whatever a resource refers to is there before it; removals go the other way round.
 */
public enum ResourceType {
  /** Refers to nothing, and calls may be waiting for the first one: it goes first. */
  NAME_TABLE("type.googleapis.com/weft.v1.NameTable"),
  CLUSTER("type.googleapis.com/envoy.config.cluster.v3.Cluster"),
  ENDPOINTS("type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment"),
  ROUTES("type.googleapis.com/envoy.config.route.v3.RouteConfiguration"),
  LISTENER("type.googleapis.com/envoy.config.listener.v3.Listener");

  /** {@link #values()} without a copy for each call. */
  static final List<ResourceType> SENDING_ORDER = List.of(values());

  private static final Map<String, ResourceType> BY_URL = new HashMap<>();

  static {
    for (ResourceType type : values()) {
      BY_URL.put(type.url, type);
    }
  }

  private final String url;

  ResourceType(String url) {
    this.url = url;
  }

  /** The type URL, as in {@code google.protobuf.Any}. */
  public String url() {
    return url;
  }

  /**
   * Whether a first request without names means all resources. The protocol has that only for the
   * types that nothing refers to by name. An agent subscribes on demand; of the types in its
   * chains, such a request only says what it still holds from an earlier stream.
   */
  boolean emptyMeansAll(XdsClient.Kind kind) {
    return switch (this) {
      case NAME_TABLE -> true;
      case CLUSTER, LISTENER -> kind != XdsClient.Kind.AGENT;
      case ENDPOINTS, ROUTES -> false;
    };
  }

  static @Nullable ResourceType of(String url) {
    return BY_URL.get(url);
  }
}
