package dev.weft.controlserver.xds;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * What one connected client has, for people to read.
 *
 * @param stream number of the stream, unique in this process
 * @param client who it is
 * @param peer its address, as host:port
 * @param connected since when
 * @param types what it has of each type that it was sent or asked for
 */
public record ClientStatus(
    long stream,
    XdsClient client,
    String peer,
    Instant connected,
    Map<ResourceType, TypeStatus> types) {

  /**
   * @param wildcard whether it is subscribed to all resources of the type
   * @param names how many names it is subscribed to
   * @param resources how many resources it was sent and holds
   * @param synced whether it has accepted everything that it was sent
   * @param rejected what it rejected; it goes on with the last version that it accepted
   */
  public record TypeStatus(
      boolean wildcard, int names, int resources, boolean synced, List<Rejection> rejected) {}

  /** A rejected version of a resource, with the client's own reason. */
  public record Rejection(String name, String version, String reason) {}
}
