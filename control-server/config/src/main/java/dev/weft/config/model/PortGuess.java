package dev.weft.config.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Registered workloads that don't listen on the port that a ServiceEntry's port names, and not on
 * exactly one other that may be meant.
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
    return entry.ports().get(port).endpointPort();
  }
}
