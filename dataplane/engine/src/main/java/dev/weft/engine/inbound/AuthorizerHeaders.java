package dev.weft.engine.inbound;

import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.model.StringMatch;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** What an authorizer's answer does to the headers of the request, and of the response. */
final class AuthorizerHeaders {

  /** What says where a message ends, or which connection it is for, is no part of an answer. */
  private static final Set<String> FRAMING =
      Set.of(
          "content-length",
          "transfer-encoding",
          "connection",
          "keep-alive",
          "upgrade",
          "te",
          "trailer",
          "proxy-connection",
          "host");

  private static final String HEADERS_TO_REMOVE = "x-envoy-auth-headers-to-remove";

  private AuthorizerHeaders() {}

  /** Of several of one name the last counts. */
  static HeaderEdits setting(List<Header> headers, List<StringMatch> wanted) {
    Map<String, Header> set = new LinkedHashMap<>();
    unframed(headers).stream()
        .filter(header -> matches(wanted, header.name()))
        .forEach(header -> set.put(header.name(), header));
    return set.isEmpty()
        ? HeaderEdits.NONE
        : new HeaderEdits(List.of(), List.copyOf(set.values()), List.of());
  }

  /** By {@code x-envoy-auth-headers-to-remove}: names, separated by commas. */
  static HeaderEdits removing(List<Header> headers, HeaderEdits setting) {
    List<String> removed =
        headers.stream()
            .filter(header -> header.name().equals(HEADERS_TO_REMOVE))
            .flatMap(header -> Arrays.stream(header.value().split(",")))
            .map(name -> name.strip().toLowerCase(Locale.ROOT))
            .filter(name -> !name.isEmpty() && !isFraming(name))
            .toList();
    return removed.isEmpty()
        ? setting
        : new HeaderEdits(
            removed,
            setting.set().stream().filter(header -> !removed.contains(header.name())).toList(),
            List.of());
  }

  static HeaderEdits adding(List<Header> headers, List<StringMatch> wanted) {
    List<Header> added =
        unframed(headers).stream().filter(header -> matches(wanted, header.name())).toList();
    return added.isEmpty() ? HeaderEdits.NONE : new HeaderEdits(List.of(), List.of(), added);
  }

  /** Envoy sets, then appends to what is there, then removes. */
  static HeaderEdits appended(HeaderEdits edits, Facts facts) {
    Map<String, Header> set = new LinkedHashMap<>();
    edits.set().forEach(header -> set.put(header.name(), header));
    for (Header more : edits.add()) {
      Header before = set.get(more.name());
      String value = before == null ? facts.header(more.name()) : before.value();
      if (value != null) {
        set.put(more.name(), new Header(more.name(), value + "," + more.value()));
      }
    }
    edits.remove().forEach(set::remove);
    return new HeaderEdits(edits.remove(), List.copyOf(set.values()), List.of());
  }

  static HeaderEdits unframed(HeaderEdits edits) {
    return new HeaderEdits(
        edits.remove().stream().filter(name -> !isFraming(name)).toList(),
        unframed(edits.set()),
        unframed(edits.add()));
  }

  static List<Header> unframed(List<Header> headers) {
    return headers.stream().filter(header -> !isFraming(header.name())).toList();
  }

  static boolean isFraming(String name) {
    return FRAMING.contains(name) || name.startsWith(":");
  }

  static boolean matches(List<StringMatch> matches, String name) {
    for (StringMatch match : matches) {
      if (match.matches(name)) {
        return true;
      }
    }
    return false;
  }
}
