package dev.weft.config.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Registered workloads that listen on several ports, none of them the one that a ServiceEntry's
 * port names.
 *
 * @param port index in the entry's ports
 * @param service what the workloads register as
 * @param listening their ports, in the order in which they were opened
 * @param taken the one that serves; null if none does
 */
record PortGuess(
    ServiceEntry entry,
    int port,
    String service,
    List<Integer> listening,
    @Nullable Integer taken) {

  /** The port that the entry names. */
  int wanted() {
    ServicePort named = entry.ports().get(port);
    return named.targetPort() == null ? named.number() : named.targetPort();
  }
}
