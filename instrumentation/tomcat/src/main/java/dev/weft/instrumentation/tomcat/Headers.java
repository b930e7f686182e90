package dev.weft.instrumentation.tomcat;

import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.coyote.Response;
import org.apache.tomcat.util.http.MimeHeaders;
import org.jspecify.annotations.Nullable;

/** Tomcat's headers in the engine's terms. */
final class Headers {

  private Headers() {}

  /** The header's values, joined by commas; null if there are none. */
  static @Nullable String joined(MimeHeaders headers, String name) {
    int at = headers.findHeader(name, 0);
    if (at < 0) {
      return null;
    }
    String first = headers.getValue(at).toString();
    at = headers.findHeader(name, at + 1);
    if (at < 0) {
      return first;
    }
    StringBuilder joined = new StringBuilder(first);
    for (; at >= 0; at = headers.findHeader(name, at + 1)) {
      joined.append(',').append(headers.getValue(at));
    }
    return joined.toString();
  }

  /** Lower-case, each once. */
  static List<String> names(MimeHeaders headers) {
    Set<String> names = new LinkedHashSet<>();
    for (int i = 0; i < headers.size(); i++) {
      names.add(headers.getName(i).toString().toLowerCase(Locale.ROOT));
    }
    return List.copyOf(names);
  }

  /** Tomcat keeps two of a response's headers beside the others until it writes them. */
  static @Nullable String ofResponse(Response response, String name) {
    return switch (name) {
      case "content-type" -> response.getContentType();
      case "content-length" -> {
        long length = response.getContentLengthLong();
        yield length < 0 ? joined(response.getMimeHeaders(), name) : Long.toString(length);
      }
      default -> joined(response.getMimeHeaders(), name);
    };
  }

  static void edit(MimeHeaders headers, HeaderEdits edits) {
    if (edits.isEmpty()) {
      return;
    }
    for (String name : edits.remove()) {
      headers.removeHeader(name);
    }
    for (Header header : edits.set()) {
      headers.setValue(header.name()).setString(header.value());
    }
    for (Header header : edits.add()) {
      headers.addValue(header.name()).setString(header.value());
    }
  }
}
