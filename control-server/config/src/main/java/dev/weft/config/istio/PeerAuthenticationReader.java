package dev.weft.config.istio;

import dev.weft.config.model.Metadata;
import dev.weft.config.model.PeerAuthentication;
import dev.weft.config.model.PeerAuthentication.Mode;
import dev.weft.config.model.WorkloadSelector;
import dev.weft.config.source.Fields;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a PeerAuthentication. */
final class PeerAuthenticationReader {

  private PeerAuthenticationReader() {}

  static PeerAuthentication read(Metadata metadata, Fields spec) {
    WorkloadSelector selector = CommonFields.selector(spec);
    Mode mode = spec.object("mtls", PeerAuthenticationReader::mode);
    Map<Integer, Mode> ports = new LinkedHashMap<>();
    spec.objectMap("portLevelMtls", PeerAuthenticationReader::mode)
        .forEach(
            (key, portMode) -> {
              Integer port = port(key);
              if (port == null) {
                spec.error("portLevelMtls", "\"" + key + "\" is not a port");
              } else {
                ports.put(port, portMode);
              }
            });
    if (!ports.isEmpty() && selector.isEmpty()) {
      spec.error("portLevelMtls", "needs a selector");
    }
    return new PeerAuthentication(metadata, selector, mode == null ? Mode.UNSET : mode, ports);
  }

  private static Mode mode(Fields mtls) {
    Mode mode = mtls.oneOf("mode", Mode.class);
    return mode == null ? Mode.UNSET : mode;
  }

  private static @Nullable Integer port(String text) {
    try {
      int port = Integer.parseInt(text);
      return port >= 1 && port <= CommonFields.MAX_PORT ? port : null;
    } catch (NumberFormatException e) {
      return null;
    }
  }
}
