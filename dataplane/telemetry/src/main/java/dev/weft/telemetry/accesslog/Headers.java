package dev.weft.telemetry.accesslog;

import dev.weft.engine.HeaderSource;
import dev.weft.engine.PeerMetadata;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Names, in lower case, of the headers that logs ask for. */
public final class Headers {

  final String[] request;
  final String[] response;
  final String[] trailers;

  Headers(Set<String> request, Set<String> response, Set<String> trailers) {
    this.request = sorted(request);
    this.response = sorted(response);
    this.trailers = sorted(trailers);
  }

  private static String[] sorted(Set<String> names) {
    return names.stream().sorted().toArray(String[]::new);
  }

  /** Where in such an array a header is; -1 if it isn't. */
  static int index(String[] names, String name) {
    for (int i = 0; i < names.length; i++) {
      if (names[i].equals(name)) {
        return i;
      }
    }
    return -1;
  }

  static @Nullable String[] read(String[] names, HeaderSource source) {
    @Nullable String[] values = new @Nullable String[names.length];
    for (int i = 0; i < names.length; i++) {
      String name = names[i];
      boolean ours = name.equals(PeerMetadata.HEADER) || name.equals(PeerMetadata.ID_HEADER);
      values[i] = ours ? null : source.header(name);
    }
    return values;
  }
}
