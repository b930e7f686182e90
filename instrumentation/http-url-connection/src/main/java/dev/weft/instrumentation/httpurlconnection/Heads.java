package dev.weft.instrumentation.httpurlconnection;

import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.outbound.Attempt;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import sun.net.www.MessageHeader;

/** Heads of messages as the JDK holds them: the first entry is the start line. */
final class Heads {

  private Heads() {}

  /** 0 if the response isn't HTTP. */
  static int status(MessageHeader responses) {
    String line = responses.getValue(0);
    int space = line == null ? -1 : line.indexOf(' ');
    if (line == null || space < 0 || line.length() < space + 4) {
      return 0;
    }
    try {
      return Integer.parseInt(line, space + 1, space + 4, 10);
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  /** A response's head, as the engine reads it. */
  record Source(MessageHeader head) implements HeaderSource {

    @Override
    public @Nullable String header(String name) {
      return Heads.header(head, name);
    }

    @Override
    public List<Header> headers() {
      return Heads.headers(head);
    }
  }

  static @Nullable String header(MessageHeader headers, String name) {
    String first = headers.findValue(name);
    if (first == null) {
      return null;
    }
    Iterator<String> values = headers.multiValueIterator(name);
    values.next();
    if (!values.hasNext()) {
      return first;
    }
    StringBuilder joined = new StringBuilder(first);
    while (values.hasNext()) {
      joined.append(',').append(values.next());
    }
    return joined.toString();
  }

  static List<Header> headers(MessageHeader head) {
    List<Header> all = new ArrayList<>();
    for (int i = 0; head.getKey(i) != null || head.getValue(i) != null; i++) {
      String name = head.getKey(i);
      String value = head.getValue(i);
      // Start lines lack one or the other.
      if (name != null && value != null) {
        all.add(new Header(name.toLowerCase(Locale.ROOT), value));
      }
    }
    return all;
  }

  /** A copy, unless there is nothing to edit: the application's view stays as it is. */
  static MessageHeader edited(MessageHeader head, HeaderEdits edits) {
    if (edits.isEmpty()) {
      return head;
    }
    MessageHeader copy = copy(head);
    edit(copy, edits);
    return copy;
  }

  /** The same of a request's head, which asks for what the attempt says. */
  static MessageHeader edited(MessageHeader head, Attempt attempt, HeaderEdits edits) {
    String path = attempt.path();
    String authority = attempt.authority();
    if (path == null && authority == null) {
      return edited(head, edits);
    }
    MessageHeader copy = copy(head);
    if (path != null) {
      copy.set(0, asking(head.getKey(0), path), null);
    }
    if (authority != null) {
      copy.set("Host", authority);
    }
    edit(copy, edits);
    return copy;
  }

  /** A request line that asks for something else. */
  private static String asking(String line, String path) {
    return line.substring(0, line.indexOf(' ') + 1) + path + line.substring(line.lastIndexOf(' '));
  }

  private static MessageHeader copy(MessageHeader head) {
    MessageHeader copy = new MessageHeader();
    for (int i = 0; head.getKey(i) != null || head.getValue(i) != null; i++) {
      copy.add(head.getKey(i), head.getValue(i));
    }
    return copy;
  }

  static void edit(MessageHeader headers, HeaderEdits edits) {
    edits.remove().forEach(headers::remove);
    for (Header header : edits.set()) {
      headers.remove(header.name());
      headers.add(header.name(), header.value());
    }
    for (Header header : edits.add()) {
      headers.add(header.name(), header.value());
    }
  }
}
