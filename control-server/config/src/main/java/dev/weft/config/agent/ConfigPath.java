package dev.weft.config.agent;

import dev.weft.config.source.ResourceName;
import java.util.Locale;

/** Istio's path of the resource that shaped a piece of configuration, for people who look at it. */
final class ConfigPath {

  private ConfigPath() {}

  /** For example {@code /apis/networking.istio.io/v1/namespaces/shop/virtual-service/catalog}. */
  static String of(ResourceName resource) {
    String kind = resource.kind().replaceAll("(?<=[a-z])(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
    return "/apis/networking.istio.io/v1/namespaces/"
        + resource.namespace()
        + "/"
        + kind
        + "/"
        + resource.name();
  }
}
