package dev.weft.controlserver.registration;

import dev.weft.controlserver.identity.Identity;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * A workload that is connected now.
 *
 * @param identity proven by its token
 * @param service the service that it serves
 * @param address an IP address, without port
 * @param ready false while it drains
 * @param instance unique for one run of one process
 * @param since when its stream began
 */
public record Registration(
    Identity identity,
    String service,
    String address,
    Map<String, String> labels,
    List<Port> ports,
    boolean ready,
    String userAgent,
    String instance,
    Instant since) {

  public Registration {
    labels = Map.copyOf(labels);
    ports = List.copyOf(ports);
  }

  /**
   * A listening socket.
   *
   * @param guarded it speaks mesh mTLS
   * @param by what guards it, or the class of the unguarded socket
   */
  public record Port(int number, boolean guarded, String by) {}
}
