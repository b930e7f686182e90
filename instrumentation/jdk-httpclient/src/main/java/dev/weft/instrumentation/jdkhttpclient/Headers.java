package dev.weft.instrumentation.jdkhttpclient;

import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.HeaderSource;
import java.net.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Between the client's headers and the engine's. */
final class Headers {

  private Headers() {}

  static HeaderSource source(HttpHeaders headers) {
    return new Source(headers);
  }

  private record Source(HttpHeaders head) implements HeaderSource {

    @Override
    public @Nullable String header(String name) {
      return joined(head.allValues(name));
    }

    @Override
    public List<Header> headers() {
      List<Header> all = new ArrayList<>();
      head.map()
          .forEach(
              (name, values) -> {
                String lower = name.toLowerCase(Locale.ROOT);
                values.forEach(value -> all.add(new Header(lower, value)));
              });
      return all;
    }
  }

  static @Nullable String joined(@Nullable List<String> values) {
    if (values == null || values.isEmpty()) {
      return null;
    }
    return values.size() == 1 ? values.get(0) : String.join(",", values);
  }

  static HttpHeaders edited(HttpHeaders headers, HeaderEdits edits) {
    if (edits.isEmpty()) {
      return headers;
    }
    Map<String, List<String>> map = modifiable(headers.map());
    edit(map, edits);
    return HttpHeaders.of(map, (name, value) -> true);
  }

  /** A copy to which {@link #edit} can be applied. */
  static Map<String, List<String>> modifiable(Map<String, List<String>> headers) {
    Map<String, List<String>> copy = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    headers.forEach((name, values) -> copy.put(name, new ArrayList<>(values)));
    return copy;
  }

  static void edit(Map<String, List<String>> headers, HeaderEdits edits) {
    edits.remove().forEach(headers::remove);
    for (Header header : edits.set()) {
      List<String> value = new ArrayList<>(1);
      value.add(header.value());
      headers.put(header.name(), value);
    }
    edits.add().forEach(header -> add(headers, header));
  }

  static void add(Map<String, List<String>> headers, Header header) {
    headers.computeIfAbsent(header.name(), name -> new ArrayList<>(1)).add(header.value());
  }
}
