package dev.weft.xds.translation;

import com.google.protobuf.MessageLite;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What was found while one resource was read. */
final class Findings {

  private final String resource;
  private final Set<Note> notes = new LinkedHashSet<>();

  Findings(String resource) {
    this.resource = resource;
  }

  String resource() {
    return resource;
  }

  List<Note> notes() {
    return List.copyOf(new ArrayList<>(notes));
  }

  void note(String field, String reason) {
    notes.add(new Note(resource, field, reason));
  }

  ResourceRefused refusal(String field, String reason) {
    return new ResourceRefused(resource, field, reason);
  }

  /**
   * Notes each field that the message carries beyond those declared in its trimmed .proto.
   *
   * @param harmless numbers of fields that change nothing for this data plane
   */
  void noteUnread(MessageLite message, String at, int... harmless) {
    for (int number : UnreadFields.of(message, harmless)) {
      note(at, "field " + number + " is not supported and has no effect");
    }
  }

  /** As {@link #noteUnread}, for messages of which nothing may be overlooked. */
  void refuseUnread(MessageLite message, String at, int... harmless) throws ResourceRefused {
    for (int number : UnreadFields.of(message, harmless)) {
      throw refusal(at, "field " + number + " is not supported");
    }
  }
}
