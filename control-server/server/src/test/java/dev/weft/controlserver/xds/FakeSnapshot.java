package dev.weft.controlserver.xds;

import com.google.protobuf.StringValue;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * Resources by type and name, each a text. A listener's text may name a route, a route's a cluster;
 * for agents they come with it.
 */
record FakeSnapshot(Map<ResourceType, Map<String, String>> texts) implements ResourceSnapshot {

  static FakeSnapshot of(ResourceType type, Map<String, String> texts) {
    return new FakeSnapshot(Map.of(type, texts));
  }

  private static final Map<ResourceType, List<ResourceType>> REFERS_TO =
      Map.of(
          ResourceType.LISTENER, List.of(ResourceType.ROUTES),
          ResourceType.ROUTES, List.of(ResourceType.CLUSTER),
          ResourceType.CLUSTER, List.of(ResourceType.ENDPOINTS));

  @Override
  public Collection<EncodedResource> named(XdsClient client, ResourceType type, String name) {
    List<EncodedResource> found = new ArrayList<>();
    add(found, type, name, client.kind() == XdsClient.Kind.AGENT && type == ResourceType.LISTENER);
    return found;
  }

  private void add(List<EncodedResource> to, ResourceType type, String name, boolean chain) {
    String text = texts.getOrDefault(type, Map.of()).get(name);
    if (text == null) {
      return;
    }
    to.add(EncodedResource.of(type, name, StringValue.of(text)));
    if (chain) {
      REFERS_TO.getOrDefault(type, List.of()).forEach(next -> add(to, next, text, true));
    }
  }

  @Override
  public Collection<EncodedResource> all(XdsClient client, ResourceType type) {
    List<EncodedResource> all = new ArrayList<>();
    texts.getOrDefault(type, Map.of()).keySet().forEach(name -> add(all, type, name, false));
    return all;
  }
}
