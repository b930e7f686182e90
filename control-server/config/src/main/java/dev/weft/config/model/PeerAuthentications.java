package dev.weft.config.model;

import dev.weft.config.model.PeerAuthentication.Mode;
import java.util.List;
import java.util.Map;

/** Which of the mesh's PeerAuthentications hold for a port: the narrowest that says something. */
final class PeerAuthentications {

  private final List<PeerAuthentication> policies;
  private final String rootNamespace;

  /**
   * @param policies in the order in which the first of two equally narrow ones wins
   */
  PeerAuthentications(List<PeerAuthentication> policies, String rootNamespace) {
    this.policies = policies;
    this.rootNamespace = rootNamespace;
  }

  /** What a workload's port accepts; never {@link Mode#UNSET}. */
  Mode mode(String namespace, Map<String, String> labels, int port) {
    for (PeerAuthentication policy : policies) {
      if (policy.metadata().namespace().equals(namespace)
          && !policy.selector().isEmpty()
          && policy.selector().selects(labels)) {
        Mode ofPort = policy.portModes().getOrDefault(port, Mode.UNSET);
        Mode mode = ofPort != Mode.UNSET ? ofPort : policy.mode();
        if (mode != Mode.UNSET) {
          return mode;
        }
        break;
      }
    }
    Mode ofNamespace = namespaceMode(namespace);
    if (ofNamespace != Mode.UNSET) {
      return ofNamespace;
    }
    Mode ofMesh = namespaceMode(MeshSettings.MESH);
    ofMesh = ofMesh != Mode.UNSET ? ofMesh : namespaceMode(rootNamespace);
    return ofMesh != Mode.UNSET ? ofMesh : Mode.PERMISSIVE;
  }

  private Mode namespaceMode(String namespace) {
    for (PeerAuthentication policy : policies) {
      if (policy.metadata().namespace().equals(namespace) && policy.selector().isEmpty()) {
        return policy.mode();
      }
    }
    return Mode.UNSET;
  }
}
