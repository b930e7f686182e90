package dev.weft.xds;

import dev.weft.xds.translation.Note;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How it stands with configuration.
 *
 * @param server the one in use
 * @param servers all, in order of preference
 * @param protocol the variant that is spoken
 * @param connected whether a stream is open on which the server has answered
 * @param since when that became so
 * @param lastFailure why the last stream ended; null if none has, yet
 * @param namesKnown whether the name tables have arrived
 * @param types by type URL, in the order in which they are asked for
 * @param notes what of the resources in force is not honoured
 */
public record XdsStatus(
    String server,
    List<String> servers,
    XdsProtocol protocol,
    boolean connected,
    Instant since,
    @Nullable String lastFailure,
    boolean namesKnown,
    Map<String, TypeStatus> types,
    List<Note> notes) {

  /**
   * One type of resource.
   *
   * @param versions of the resources in force, by name
   * @param subscribed names asked for
   * @param missing names that the server said don't exist
   * @param rejected reasons, by name, of the resources refused (NACK); the version in force, if
   *     any, is an older one
   */
  public record TypeStatus(
      Map<String, String> versions,
      Set<String> subscribed,
      Set<String> missing,
      Map<String, String> rejected) {}
}
