package dev.weft.differential;

import dev.weft.differential.http.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One request, as written in a scenario: {@code GET /path}, or an object with these fields.
 *
 * @param line {@code call}: method and path, as they go on the wire
 * @param to {@code host:port} that the application names
 * @param headers {@code host}, {@code answers} (see {@link Upstreams}) and {@code headers}
 * @param body {@code body}; null without one
 * @param from {@code from}: the caller's address
 * @param seen {@code seen}: how many requests upstreams get, if some of them come after the answer
 * @param mixed {@code mix} says how many of them are sent, one after the other; only where they go
 *     in the mean is compared
 * @param overlapping {@code overlapping: true}: mixed ones don't wait for the answer to the one
 *     before
 * @param identity {@code as}: the SPIFFE ID that the caller shows in mutual TLS, without its
 *     scheme; null: it speaks plaintext
 * @param sni {@code sni}: what it asks for in TLS; empty: nothing
 * @param logged {@code logged: false}: the connection may be refused, of which no access log tells
 * @param meant what becomes of it on both sides, by the name of its field: {@code status}, {@code
 *     route}, {@code goes}
 */
record Call(
    String line,
    String to,
    List<Field> headers,
    @Nullable String body,
    String from,
    int seen,
    boolean mixed,
    boolean overlapping,
    @Nullable String identity,
    String sni,
    boolean logged,
    Map<String, String> meant) {

  /** Of {@link #meant}; {@code goes} are the addresses that see it. */
  private static final List<String> MEANT = List.of("status", "route", "goes");

  private static final String CALLER = "127.0.0.1";

  /**
   * @param written a text or a map
   * @param destination where it goes unless it says otherwise
   */
  static List<Call> read(Object written, String destination) {
    if (!(written instanceof Map<?, ?> fields)) {
      return read(Map.of("call", written), destination);
    }
    String to = text(fields, "to", destination);
    List<Field> headers = new ArrayList<>();
    headers.add(new Field("host", text(fields, "host", name(to))));
    if (fields.get("answers") != null) {
      headers.add(new Field("x-answer", text(fields, "answers", "")));
    }
    if (fields.get("headers") instanceof Map<?, ?> extra) {
      extra.forEach(
          (name, value) ->
              headers.add(new Field(name.toString().toLowerCase(Locale.ROOT), value.toString())));
    }
    Map<String, String> meant = new TreeMap<>();
    MEANT.stream()
        .filter(fields::containsKey)
        .forEach(name -> meant.put(name, text(fields, name, "")));
    Object body = fields.get("body");
    Call call =
        new Call(
            text(fields, "call", ""),
            to,
            headers,
            body == null ? null : body.toString(),
            text(fields, "from", CALLER),
            Integer.parseInt(text(fields, "seen", "0")),
            fields.get("mix") != null,
            Boolean.parseBoolean(text(fields, "overlapping", "false")),
            fields.get("as") == null ? null : text(fields, "as", ""),
            text(fields, "sni", ""),
            Boolean.parseBoolean(text(fields, "logged", "true")),
            Map.copyOf(meant));
    List<Call> calls = new ArrayList<>();
    for (int i = 0; i < number(fields); i++) {
      calls.add(call);
    }
    return calls;
  }

  private static int number(Map<?, ?> fields) {
    return Integer.parseInt(text(fields, "times", text(fields, "mix", "1")));
  }

  private static String name(String destination) {
    return destination.substring(0, destination.lastIndexOf(':'));
  }

  private static String text(Map<?, ?> fields, String name, String unset) {
    Object value = fields.get(name);
    return value == null ? unset : value.toString();
  }

  /** Path and query. */
  String path() {
    return line.substring(line.indexOf(' ') + 1);
  }

  /** Whether its authority is the host that it goes to. */
  boolean namesDestination() {
    return headers.contains(new Field("host", name(to)));
  }

  @Override
  public String toString() {
    return line
        + " "
        + headers
        + (body == null ? "" : " " + body)
        + (identity == null ? "" : " as " + identity);
  }
}
